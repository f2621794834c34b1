import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createEnvelope,
  type EnvelopeKey,
  EnvelopeOpener,
  EnvelopeSealer,
  envelopeKey,
  isSealedV2,
  type KeySource,
  OVERHEAD_BYTES,
  REFUSAL_REASONS,
  readHeader,
  refusalText,
} from "../../src/index.ts";
import { base64, loadVectors } from "../vectors.ts";
import { hex, vectors } from "./envelope-vectors.ts";

const QUEUE = Buffer.from("check_results");
const key = envelopeKey({
  direction: "result",
  epoch: 3,
  secret: Buffer.alloc(32, 7),
  id: Buffer.alloc(8, 1),
});

const keysOf = (...known: EnvelopeKey[]): KeySource => ({
  find: ({ epoch, keyId }) =>
    known.find((one) => one.epoch === epoch && one.id.equals(keyId)) ?? "UNKNOWN_KEY",
});
const sealerOf = (boot = 1): EnvelopeSealer =>
  new EnvelopeSealer({ bootId: Buffer.alloc(16, boot), nowMs: () => 1_795_246_679_712.9 });
const openerOf = (...known: EnvelopeKey[]): EnvelopeOpener =>
  new EnvelopeOpener({ direction: "result", keys: keysOf(...known), maxTextBytes: 10_000 });

type MessageRow = (typeof vectors.messages)[number];

const keyOf = ({ direction, epoch, secret, keyId }: MessageRow): EnvelopeKey =>
  envelopeKey({ direction, epoch, secret: hex(secret), id: hex(keyId) });

test.for(vectors.messages)("opens: $name", (row) => {
  const { direction, epoch, counter, timeMs } = row;
  const known = keyOf(row);
  const opener = new EnvelopeOpener({ direction, keys: keysOf(known), maxTextBytes: 5000 });
  const header = { direction, epoch, counter, timeMs, keyId: hex(row.keyId), bootId: hex(row.bootId) };
  const opened = { header, key: known, text: base64(row.plaintext) };
  // twice: the second time with a kept message key
  for (const isFirst of [true, false])
    expect(opener.open(base64(row.ciphertext), base64(row.queue))).toEqual({ ...opened, isFirst });
});

// the others have a counter that a sealer does not reach here
test.for(vectors.messages.filter(({ counter }) => counter <= 255))("seals: $name", (row) => {
  const known = keyOf(row);
  const sealer = new EnvelopeSealer({ bootId: hex(row.bootId), nowMs: () => row.timeMs });
  for (let counter = 1; counter < row.counter; counter++) sealer.seal(known, QUEUE, Buffer.alloc(0));
  expect(sealer.seal(known, base64(row.queue), base64(row.plaintext))).toEqual(base64(row.ciphertext));
});

describe("refuses", () => {
  const { direction, queue, epoch, keyId, secret, revokedId, maxTextBytes } = vectors.receiver;
  const known = envelopeKey({ direction, epoch, secret: hex(secret), id: hex(keyId) });
  const keys: KeySource = {
    find: (header) => (header.keyId.equals(hex(revokedId)) ? "REVOKED" : keysOf(known).find(header)),
  };
  const opener = new EnvelopeOpener({ direction, keys, maxTextBytes });

  test.for(vectors.refusals)("$name as $reason", (row) => {
    expect(opener.open(base64(row.ciphertext), base64(queue))).toMatchObject({ refused: row.reason });
  });

  test("each bit and each length but the right ones", () => {
    const message = sealerOf().seal(known, base64(queue), Buffer.from("host_name=h\n"));
    const accepts = (bytes: Buffer): boolean => !("refused" in opener.open(bytes, base64(queue)));
    expect(accepts(message)).toBe(true);
    for (let bit = 0; bit < message.length * 8; bit++) {
      const changed = Buffer.from(message);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(accepts(changed), `bit ${bit}`).toBe(false);
    }
    for (let length = 0; length < message.length; length++)
      expect(accepts(message.subarray(0, length)), `length ${length}`).toBe(false);
  });
});

test("a message counts from 1, holds whole milliseconds, and opens in any order", () => {
  const sealer = sealerOf();
  const opener = openerOf(key);
  const messages = ["a", "b", "c"].map((text) => sealer.seal(key, QUEUE, Buffer.from(text)));
  const opened = messages.toReversed().map((message) => opener.open(message, QUEUE));
  expect(opened).toMatchObject([
    { text: Buffer.from("c"), header: { counter: 3, timeMs: 1_795_246_679_712 } },
    { text: Buffer.from("b"), header: { counter: 2 } },
    { text: Buffer.from("a"), header: { counter: 1 } },
  ]);
});

test("a sender that is known is refused as soon as its key is taken away or is another one", () => {
  const impostor = envelopeKey({ direction: "result", epoch: 3, secret: Buffer.alloc(32, 8), id: key.id });
  const found = { now: key as ReturnType<KeySource["find"]> };
  const opener = new EnvelopeOpener({
    direction: "result",
    keys: { find: () => found.now },
    maxTextBytes: 99,
  });
  const sealer = sealerOf();
  const outcome = (of: ReturnType<KeySource["find"]>, by = key): string => {
    found.now = of;
    const opened = opener.open(sealer.seal(by, QUEUE, Buffer.from("a")), QUEUE);
    return "refused" in opened ? opened.refused : opened.text.toString();
  };
  expect([outcome(key), outcome(key)]).toEqual(["a", "a"]);
  expect([outcome("REVOKED"), outcome("UNKNOWN_KEY"), outcome(impostor)]).toEqual([
    "REVOKED",
    "UNKNOWN_KEY",
    "NOT_AUTHENTIC",
  ]);
  expect([outcome(key), outcome(key, impostor)]).toEqual(["a", "NOT_AUTHENTIC"]);
  expect([outcome(impostor, impostor), outcome(impostor)]).toEqual(["a", "NOT_AUTHENTIC"]);
});

test("messages of runs in turn have the ids and numbers of their own run", () => {
  const opener = openerOf(key);
  const sealers = [1, 2, 3].map((boot) => ({ boot, sealer: sealerOf(boot) }));
  for (const counter of [1, 2, 3])
    for (const { boot, sealer } of sealers) {
      const message = sealer.seal(key, QUEUE, Buffer.from(`${boot}`));
      const again = opener.open(Buffer.from(message), QUEUE);
      expect(opener.open(message, QUEUE)).toEqual({ ...again, isFirst: false });
      const header = { counter, bootId: Buffer.alloc(16, boot), keyId: key.id };
      expect(again).toMatchObject({ text: Buffer.from(`${boot}`), header });
      message.fill(0); // as a receiver's buffer may be used again
    }
});

test("the clock of the sender may show any time", () => {
  const times = [-5, 0, Number.MAX_SAFE_INTEGER].map((now) => {
    const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16), nowMs: () => now });
    return readHeader(sealer.seal(key, QUEUE, Buffer.alloc(0)))?.timeMs;
  });
  expect(times).toEqual([0, 0, 2 ** 48 - 1]);
});

test("no two messages of one sealer share a nonce and key, nor do equal texts look alike", () => {
  const sealers = [sealerOf(1), sealerOf(2)];
  const other = envelopeKey({ direction: "result", epoch: 4, secret: Buffer.alloc(32, 7) });
  const text = Buffer.from("the same text in each message");
  const tails = sealers.flatMap((sealer) =>
    [key, key, other].map((by) => sealer.seal(by, QUEUE, text).subarray(40).toString("hex")),
  );
  expect(new Set(tails).size).toBe(6);
});

test("adds no more than the legacy envelope from 150 bytes on, at most 64 bytes more below", () => {
  const legacy = createEnvelope({ mode: "on", password: Buffer.from("test1234") });
  for (let length = 0; length < 2000; length++) {
    const text = Buffer.alloc(length, 0x61);
    const sealed = sealerOf().seal(key, QUEUE, text).length;
    expect(sealed).toBe(length + OVERHEAD_BYTES);
    expect(sealed - legacy.seal(text).length).toBeLessThanOrEqual(length >= 150 ? 0 : 64);
  }
});

test("the first byte shows the form", () => {
  const { cases } = loadVectors<{ cases: { payload: string }[] }>("neb-jobs");
  expect(cases.some(({ payload }) => isSealedV2(Buffer.from(payload, "latin1")))).toBe(false);
  expect(isSealedV2(Buffer.from("check\0"))).toBe(false);
  expect(isSealedV2(Buffer.alloc(0))).toBe(false);
  expect(isSealedV2(sealerOf().seal(key, QUEUE, Buffer.alloc(0)))).toBe(true);
});

test("a key that is no longer valid opens nothing, also after it was used", () => {
  let known: EnvelopeKey | "REVOKED" = key;
  const opener = new EnvelopeOpener({ direction: "result", keys: { find: () => known }, maxTextBytes: 100 });
  const message = sealerOf().seal(key, QUEUE, Buffer.from("text"));
  expect(opener.open(message, QUEUE)).toMatchObject({ text: Buffer.from("text") });
  known = "REVOKED";
  expect(opener.open(message, QUEUE)).toMatchObject({ refused: "REVOKED" });
  known = envelopeKey({ direction: "result", epoch: 3, secret: Buffer.alloc(32, 8), id: key.id });
  expect(opener.open(message, QUEUE)).toMatchObject({ refused: "NOT_AUTHENTIC" });
});

test("more runs than are remembered still open", () => {
  const opener = openerOf(key);
  for (let boot = 0; boot < 4200; boot++) {
    const bootId = Buffer.alloc(16);
    bootId.writeUInt32BE(boot);
    const message = new EnvelopeSealer({ bootId, nowMs: () => 0 }).seal(key, QUEUE, Buffer.from("text"));
    expect(opener.open(message, QUEUE)).toMatchObject({ text: Buffer.from("text") });
  }
});

test("a boot id of another length is refused", () => {
  expect(() => new EnvelopeSealer({ bootId: Buffer.alloc(15), nowMs: () => 0 })).toThrow(RangeError);
});

test("each reason has a text of its own", () => {
  expect(new Set(REFUSAL_REASONS.map(refusalText)).size).toBe(REFUSAL_REASONS.length);
});

test("any text comes back", () => {
  const opener = openerOf(key);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 511 }), (bytes, name) => {
      const text = Buffer.from(bytes.filter((byte) => byte !== 0));
      const queue = Buffer.from(name);
      const message = sealerOf().seal(key, queue, text);
      expect(opener.open(message, queue)).toMatchObject({ text });
      expect(opener.open(message, Buffer.concat([queue, QUEUE]))).toMatchObject({ refused: "NOT_AUTHENTIC" });
    }),
  );
});
