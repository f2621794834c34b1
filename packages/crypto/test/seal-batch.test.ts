import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEnvelope } from "../src/envelope.ts";
import { CryptoError } from "../src/errors.ts";
import { SealBatch } from "../src/seal-batch.ts";

const password = Buffer.from("a key of more than 16 bytes");

function sealAll(batch: SealBatch, texts: readonly Uint8Array[]): Buffer[] {
  for (const text of texts) {
    batch.reserve(text.length);
    batch.buffer.set(text, batch.at);
    batch.end(batch.at + text.length);
  }
  expect(batch.length).toBe(texts.length);
  return batch.seal();
}

describe.for([
  ["encrypted", createEnvelope({ mode: "on", password }), password],
  ["clear", createEnvelope({ mode: "off" }), undefined],
] as const)("%s", ([, envelope, key]) => {
  test("any texts: the payloads of the envelope, batch after batch", () => {
    const batch = new SealBatch(key);
    const text = fc.uint8Array({ maxLength: 200 }).map((bytes) => bytes.filter((byte) => byte !== 0));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
        expect(sealAll(batch, texts)).toEqual(texts.map((one) => envelope.seal(Buffer.from(one))));
        expect(batch).toMatchObject({ length: 0, at: 0 });
      }),
    );
  });

  test.for([15, 16, 17, 31, 32, 33, 65_535, 65_536, 8_000_000])("a text of %i bytes", (bytes) => {
    const batch = new SealBatch(key);
    const texts = [Buffer.from("before"), Buffer.alloc(bytes, "x"), Buffer.from("after")];
    const sealed = sealAll(batch, texts);
    for (const [at, one] of texts.entries()) expect(sealed[at]?.equals(envelope.seal(one))).toBe(true);
    expect(batch.buffer.length).toBeLessThanOrEqual(4 << 20);
  });
});

test("the padding contains nothing of an earlier batch", () => {
  const batch = new SealBatch(password);
  sealAll(batch, [Buffer.alloc(100, 0xff)]);
  expect(sealAll(batch, [Buffer.from("x")])).toEqual(sealAll(new SealBatch(password), [Buffer.from("x")]));
});

test("an empty password is refused", () => {
  expect(() => new SealBatch(Buffer.from("\0x"))).toThrow(CryptoError);
});
