// Sealing and opening a job of 300 bytes with one cipher object for all messages, and in version 2, against the
// baseline "a fresh cipher object per message".
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import { loadMessageCipher } from "@mod-gearman/addon";
import {
  EnvelopeOpener,
  EnvelopeSealer,
  envelopeKey,
  keyBytes,
  type MakeMessageCipher,
} from "@mod-gearman/crypto";

import { benchEnvelope, KEY, queues, textOf300Bytes } from "./src/check-jobs.ts";
import { printRatio, printTable, say } from "./src/report.ts";
import { alternate, median, type Sample } from "./src/samples.ts";

const MESSAGES = 100_000;
const ALGORITHM = "aes-256-ecb";
const BLOCK_BYTES = 16;

const key = keyBytes(Buffer.from(KEY));
const text = textOf300Bytes();
const reused = benchEnvelope();

const fresh = {
  seal(plain: Buffer): Buffer {
    const padded = Buffer.alloc((Math.floor((plain.length + 1) / BLOCK_BYTES) + 1) * BLOCK_BYTES);
    plain.copy(padded);
    const cipher = createCipheriv(ALGORITHM, key, null).setAutoPadding(false);
    return Buffer.from(Buffer.concat([cipher.update(padded), cipher.final()]).toString("base64"), "latin1");
  },
  open(payload: Buffer): Buffer {
    const decipher = createDecipheriv(ALGORITHM, key, null).setAutoPadding(false);
    const bytes = Buffer.from(payload.toString("latin1"), "base64");
    const plain = Buffer.concat([decipher.update(bytes), decipher.final()]);
    return plain.subarray(0, plain.indexOf(0));
  },
};

const MOST_MICROS = 8; // for a message of version 2, issue 14
const jobKey = envelopeKey({ direction: "job", epoch: 1, secret: randomBytes(32) });
const keys = { find: () => jobKey };

interface Side {
  seal(text: Buffer): Buffer;
  open(payload: Buffer): Buffer;
}

function version2(makeCipher?: MakeMessageCipher): Side {
  const sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs: Date.now, makeCipher });
  const opener = new EnvelopeOpener({ direction: "job", keys, maxTextBytes: 4096, makeCipher });
  return {
    seal: (plain) => sealer.seal(jobKey, queues.checks, plain),
    open(payload) {
      const opened = opener.open(payload, queues.checks);
      if ("refused" in opened) throw new Error(opened.refused);
      return opened.text;
    },
  };
}
const sealedSides = {
  "version 2": version2(),
  "version 2, cipher of the addon": version2(loadMessageCipher()),
};

function perSecond(act: () => Buffer): number {
  let bytes = 0;
  const startedAt = performance.now();
  for (let n = 0; n < MESSAGES; n++) bytes += act().length;
  const seconds = (performance.now() - startedAt) / 1000;
  if (bytes === 0) throw new Error("nothing was made");
  return MESSAGES / seconds;
}

function measure({ seal, open }: Side): Sample {
  const payload = seal(text);
  return { "seals/s": perSecond(() => seal(text)), "opens/s": perSecond(() => open(payload)) };
}

const sides = {
  seal: (plain: Buffer) => reused.seal(plain),
  open: (payload: Buffer) => reused.open(payload),
};
if (!fresh.seal(text).equals(sides.seal(text)) || !fresh.open(sides.seal(text)).equals(text))
  throw new Error("the two sides do not do the same work");
for (const { seal, open } of Object.values(sealedSides))
  if (!open(seal(text)).equals(text)) throw new Error("version 2 gives another text");

const baseline = "a fresh cipher object per message";
const measured: Record<string, () => Sample> = {
  "packages/crypto": () => measure(sides),
  ...Object.fromEntries(Object.entries(sealedSides).map(([name, side]) => [name, () => measure(side)])),
  [baseline]: () => measure(fresh),
};
const samples: Record<string, readonly Sample[]> = await alternate(measured);
const { "packages/crypto": ours = [], [baseline]: theirs = [] } = samples;
printTable(`envelope: ${MESSAGES} messages of ${text.length} bytes`, samples);
for (const column of ["seals/s", "opens/s"])
  printRatio(column, median(ours, column), median(theirs, column), baseline);
for (const name of Object.keys(sealedSides))
  for (const column of ["seals/s", "opens/s"]) {
    const micros = 1e6 / median(samples[name] ?? [], column);
    say(`${name}, ${column}: ${micros.toFixed(2)} µs a message, at most ${MOST_MICROS}`);
  }
