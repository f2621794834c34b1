// @module-tag fuzz
import fc from "fast-check";
import { expect, test } from "vitest";
import { CryptoError, createEnvelope, keyFromFile } from "../src/index.ts";

const numRuns = 3000;
const password = Buffer.from("should_be_changed");
const envelopes = (["off", "on", "accept-clear"] as const).map((mode) => createEnvelope({ mode, password }));

const noise = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const base64Noise = noise.map((bytes) => Buffer.from(bytes.toString("base64"), "latin1"));
/** Sealed texts with some bytes overwritten. */
const damaged = fc
  .tuple(noise, fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 3 }))
  .map(([text, changes]) => {
    const payload = createEnvelope({ mode: "on", password }).seal(text);
    for (const [at, byte] of changes) if (at < payload.length) payload[at] = byte;
    return payload;
  });

test("open throws only CryptoError, and its text ends at the first NUL and within the payload", () => {
  fc.assert(
    fc.property(fc.oneof(noise, base64Noise, damaged), fc.constantFrom(...envelopes), (payload, envelope) => {
      const before = Buffer.from(payload);
      try {
        const text = envelope.open(payload);
        expect(text.includes(0)).toBe(false);
        expect(text.length).toBeLessThanOrEqual((payload.length / 4) * 3);
        expect(envelope.open(payload)).toEqual(text);
      } catch (error) {
        if (!(error instanceof CryptoError)) throw error;
      }
      expect(payload).toEqual(before);
    }),
    { numRuns },
  );
});

/** In the middle of a shared buffer, between bytes that would be valid as a part of it. */
function amid(content: Buffer, around: string): { memory: Buffer; part: Buffer } {
  const guard = Buffer.alloc(64, around);
  const memory = Buffer.concat([guard, content, guard]);
  return { memory, part: memory.subarray(guard.length, guard.length + content.length) };
}

test("no byte outside a payload or text is read or written", () => {
  fc.assert(
    fc.property(
      fc.oneof(noise, base64Noise, damaged),
      fc.constantFrom(...envelopes),
      fc.constantFrom("QUJD", "====", " \t", "\n", "type=\0", "A"),
      (content, envelope, around) => {
        const { memory, part } = amid(content, around);
        const before = Buffer.from(memory);
        const attempt = (payload: Buffer) => {
          try {
            return envelope.open(payload);
          } catch (error) {
            return (error as CryptoError).code;
          }
        };
        expect(attempt(part)).toEqual(attempt(Buffer.from(new Uint8Array(content))));
        expect(envelope.seal(part)).toEqual(envelope.seal(Buffer.from(new Uint8Array(content))));
        expect(memory).toEqual(before);
      },
    ),
    { numRuns },
  );
});

test("keyFromFile throws only EMPTY_KEY", () => {
  fc.assert(
    fc.property(noise, (content) => {
      try {
        const key = keyFromFile(content);
        expect(key.length).toBeGreaterThan(0);
        expect(key.length).toBeLessThanOrEqual(32);
      } catch (error) {
        expect(error).toMatchObject({ name: "CryptoError", code: "EMPTY_KEY" });
      }
    }),
    { numRuns },
  );
});
