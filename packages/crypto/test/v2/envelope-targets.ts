import { type Chance, must, mutate, type Target } from "../../../protocol/scripts/fuzz-loop.ts";
import {
  EnvelopeOpener,
  EnvelopeSealer,
  envelopeKey,
  type KeySource,
  type MakeMessageCipher,
  OVERHEAD_BYTES,
  REFUSAL_REASONS,
  ReplayWindow,
  readHeader,
} from "../../src/index.ts";
import { base64 } from "../vectors.ts";
import { hex, vectors } from "./envelope-vectors.ts";

const { direction, queue, epoch, keyId, secret, maxTextBytes } = vectors.receiver;
const key = envelopeKey({ direction, epoch, secret: hex(secret), id: hex(keyId) });
const wanted = base64(queue);
const keys: KeySource = {
  find: (header) => (header.keyId.equals(key.id) && header.epoch === epoch ? key : "UNKNOWN_KEY"),
};
const forThis = (row: { direction: string; epoch: number }): boolean =>
  row.direction === direction && row.epoch === epoch;
const captured = [...vectors.messages, ...vectors.refusals].map(({ ciphertext }) => base64(ciphertext));
const authentic = new Set(
  [...vectors.messages.filter(forThis), ...vectors.refusals].map(({ ciphertext }) => ciphertext),
);

/** Inputs for what opens messages of version 2; for the fuzzing script and the bounded run in the tests. */
export const envelopeTargets: Target[] = [
  ...cipherTargets("node:crypto"),
  {
    name: "readHeader",
    make: (chance) => mutate(chance.pick(captured), chance),
    check: (input) => {
      const header = readHeader(input);
      if (header === undefined) return;
      must(header.keyId.length === 8 && header.bootId.length === 16, "ids of another length");
      const window = new ReplayWindow({ windowMs: 2 ** 48 });
      must(window.take(header, 0) !== "REPLAYED" || header.counter === 0, "replayed at first sight");
      must(window.take(header, 0) !== undefined, "taken twice");
    },
  },
];

/** The part that depends on what ciphers; `cipher` is its name. */
export function cipherTargets(cipher: string, makeCipher?: MakeMessageCipher): Target[] {
  const opener = new EnvelopeOpener({ direction, keys, maxTextBytes, makeCipher });
  const sealer = new EnvelopeSealer({
    bootId: Buffer.alloc(16, 9),
    nowMs: () => 1_795_246_679_712,
    makeCipher,
  });
  return [
    {
      name: `open version 2, ${cipher}`,
      make: (chance: Chance) => mutate(chance.pick(captured), chance),
      check: (input) => {
        const opened = opener.open(input, wanted);
        const alone = opener.open(Buffer.from(new Uint8Array(input)), wanted);
        if ("refused" in opened) {
          must(REFUSAL_REASONS.includes(opened.refused), "a reason that is not in the list");
          must(
            "refused" in alone && alone.refused === opened.refused,
            "refused by what lies around the message",
          );
          return;
        }
        must(authentic.has(input.toString("base64")), "a message that its key never sealed was opened");
        must(opened.text.length === input.length - OVERHEAD_BYTES, "another length");
      },
    },
    {
      name: `seal version 2, then change one bit, ${cipher}`,
      make: (chance) => Buffer.from(chance.bytes(300).filter((byte) => byte !== 0)),
      check: (input, chance) => {
        const message = sealer.seal(key, wanted, input);
        const opened = opener.open(message, wanted);
        must(!("refused" in opened) && opened.text.equals(input), "another text");
        const bit = chance.below(message.length * 8);
        message[bit >> 3] = (message[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        must("refused" in opener.open(message, wanted), `bit ${bit} may be changed`);
        must("refused" in opener.open(sealer.seal(key, input, input), wanted), "another queue");
      },
    },
  ];
}
