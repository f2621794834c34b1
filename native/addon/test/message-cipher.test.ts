import { createRequire } from "node:module";
import { type EnvelopeKey, EnvelopeOpener, EnvelopeSealer, envelopeKey } from "@mod-gearman/crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hex, vectors } from "../../../packages/crypto/test/v2/envelope-vectors.ts";
import { loadMessageCipher } from "../src/index.ts";
import { type GcmClass, makerOf } from "../src/message-cipher.ts";

const BINARY = `../prebuilds/${process.platform}-${process.arch}/mod_gearman_addon.node`;
const makeCipher = loadMessageCipher();
const base64 = (text: string): Buffer => Buffer.from(text, "base64");
const SEALED_AT = 1_795_246_679_712;
const QUEUE = Buffer.from("check_results");
const key = envelopeKey({ direction: "result", epoch: 3, secret: Buffer.alloc(32, 7) });

/** Twice the same message: the first one of a run is opened with `node:crypto`. */
function outcomes(options: {
  key: EnvelopeKey;
  message: Buffer;
  queue: Buffer;
  first?: Buffer;
  maxTextBytes?: number;
}): unknown[] {
  const { message, queue, first = message, maxTextBytes = 20_000 } = options;
  const { direction } = options.key;
  const keys = { find: () => options.key };
  const opener = new EnvelopeOpener({ direction, keys, maxTextBytes, makeCipher });
  return [first, message].map((one) => {
    const opened = opener.open(one, queue);
    return "refused" in opened ? opened.refused : opened.text;
  });
}

test("this process has the cipher", () => {
  expect(makeCipher).toBeDefined();
});

test("there is none where the binary has no class for it", () => {
  expect(makerOf(undefined)).toBeUndefined();
});

test.for(vectors.messages)(
  "opens: $name",
  ({ direction, epoch, secret, keyId, queue, ciphertext, plaintext }) => {
    const known = envelopeKey({ direction, epoch, secret: hex(secret), id: hex(keyId) });
    const message = base64(ciphertext);
    const copy = Buffer.from(message);
    const text = base64(plaintext);
    expect(outcomes({ key: known, message, queue: base64(queue) })).toEqual([text, text]);
    expect(message).toEqual(copy);
  },
);

test.for(vectors.messages.filter(({ counter }) => counter <= 255))("seals: $name", (row) => {
  const { direction, epoch, secret, keyId } = row;
  const known = envelopeKey({ direction, epoch, secret: hex(secret), id: hex(keyId) });
  const sealer = new EnvelopeSealer({ bootId: hex(row.bootId), nowMs: () => row.timeMs, makeCipher });
  for (let counter = 1; counter < row.counter; counter++) sealer.seal(known, QUEUE, Buffer.alloc(0));
  expect(sealer.seal(known, base64(row.queue), base64(row.plaintext))).toEqual(base64(row.ciphertext));
});

test("refuses each bit and each length but the right ones, and goes on", () => {
  const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 1), nowMs: () => SEALED_AT, makeCipher });
  const text = Buffer.from("host_name=h\n");
  const message = sealer.seal(key, QUEUE, text);
  const opener = new EnvelopeOpener({
    direction: "result",
    keys: { find: () => key },
    maxTextBytes: 99,
    makeCipher,
  });
  const accepts = (bytes: Buffer): boolean => !("refused" in opener.open(bytes, QUEUE));
  for (let bit = 0; bit < message.length * 8; bit++) {
    expect(opener.open(message, QUEUE)).toMatchObject({ text });
    const changed = Buffer.from(message);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(accepts(changed), `bit ${bit}`).toBe(false);
  }
  for (let length = 0; length < message.length; length++)
    expect(accepts(message.subarray(0, length)), `length ${length}`).toBe(false);
  expect(opener.open(message, Buffer.from("other"))).toMatchObject({ refused: "NOT_AUTHENTIC" });
});

test("seals to the bytes of node:crypto, and opens them, for any text, queue and key", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5000 }),
      fc.uint8Array({ maxLength: 511 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (bytes, name, secret) => {
        const known = envelopeKey({ direction: "job", epoch: 1, secret: Buffer.from(secret) });
        const text = Buffer.from(bytes.filter((byte) => byte !== 0));
        const [queue, bootId] = [Buffer.from(name), Buffer.alloc(16, 2)];
        const [ours, theirs] = [makeCipher, undefined].map(
          (maker) => new EnvelopeSealer({ bootId, nowMs: () => SEALED_AT, makeCipher: maker }),
        );
        for (const _ of [1, 2]) {
          const message = ours?.seal(known, queue, text) ?? Buffer.alloc(0);
          expect(message).toEqual(theirs?.seal(known, queue, text));
          expect(outcomes({ key: known, message, queue })).toEqual([text, text]);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("a text that is not authentic is wiped", () => {
  const given: Buffer[] = [];
  const { Gcm } = createRequire(import.meta.url)(BINARY) as { Gcm: GcmClass };
  const spied = class extends Gcm {
    override open(nonce: Buffer, associated: Buffer, message: Buffer, text: Buffer): boolean {
      given.push(text.fill(0xff));
      return super.open(nonce, associated, message, text);
    }
  };
  const cipher = makerOf(spied)?.(Buffer.alloc(32, 1), 4);
  const [nonce, associated, message] = [Buffer.alloc(12), Buffer.alloc(0), Buffer.alloc(4 + 32 + 16, 0x61)];
  cipher?.seal(nonce, associated, message);
  expect(cipher?.open(nonce, associated, message)).toEqual(Buffer.alloc(32, 0x61));
  message[10] = (message[10] ?? 0) ^ 1;
  expect(cipher?.open(nonce, associated, message)).toBeUndefined();
  expect(given[1]).toEqual(Buffer.alloc(32));
});

test("a key, nonce or message of another size is refused", () => {
  const cipher = makeCipher?.(Buffer.alloc(32, 1), 4);
  expect(() => makeCipher?.(Buffer.alloc(31), 4)).toThrow("32 bytes");
  for (const [nonce, bytes] of [
    [11, 40],
    [12, 19],
    [12, 0],
  ] as const) {
    const [short, message] = [Buffer.alloc(nonce), Buffer.alloc(bytes)];
    expect(() => cipher?.seal(short, Buffer.alloc(0), message)).toThrow();
    expect(cipher?.open(short, Buffer.alloc(0), message)).toBeUndefined();
  }
});
