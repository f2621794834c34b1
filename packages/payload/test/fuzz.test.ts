// @module-tag fuzz
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  PayloadError,
  parseCheckResult,
  parseJob,
  parseKeyValues,
  parseMicros,
  resultLatency,
} from "../src/index.ts";

const numRuns = 3000;
const pieces = [
  "type=",
  "host_name=",
  "output=",
  "output",
  "command_line=",
  "core_time=",
  "start_time=",
  "timeout=",
];
const junk = ["=", "\n", "\n", "\n\n", "\\n", "\\", "\0", " ", "1", "-9e99", "1.5", "\xfc", "service"];

const noise = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const nearly = fc
  .array(fc.constantFrom(...pieces, ...junk), { maxLength: 30 })
  .map((parts) => Buffer.from(parts.join(""), "latin1"));
const headed = nearly.map((text) => Buffer.concat([Buffer.from("type=service\ncommand_line=x\n"), text]));
/** A window in a buffer filled with a marker, which a read past the text would find. */
const text = fc.oneof(noise, nearly, headed).map((content) => {
  const memory = Buffer.alloc(content.length + 64, 0xee);
  content.copy(memory, 32);
  return memory.subarray(32, 32 + content.length);
});

/** The value, or undefined for a PayloadError; other errors are thrown. */
function onlyPayloadErrors<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error;
    return undefined;
  }
}

function expectInside(part: Buffer, whole: Buffer): void {
  if (part.length === 0 || part.equals(Buffer.from("(null)"))) return;
  const start = part.byteOffset - whole.byteOffset;
  expect(part.buffer === whole.buffer && start >= 0 && start + part.length <= whole.length).toBe(true);
}

test("parsers throw only PayloadError and do not change the text", () => {
  fc.assert(
    fc.property(text, fc.bigInt({ min: 0n, max: 2n ** 62n }), (one, receivedAt) => {
      const before = Buffer.from(one);
      const job = onlyPayloadErrors(() => parseJob(one));
      if (job !== undefined) {
        expect(job.commandLine.length).toBeGreaterThan(0);
        for (const value of Object.values(job)) if (Buffer.isBuffer(value)) expectInside(value, one);
      }
      const result = onlyPayloadErrors(() => parseCheckResult(one));
      if (result !== undefined) {
        expect(result.hostName.length).toBeGreaterThan(0);
        expect(result.output.length).toBeLessThanOrEqual(Math.max(one.length, "(null)".length));
        expect(resultLatency(result, receivedAt)).toBeGreaterThanOrEqual(0n);
      }
      expect(one).toEqual(before);
    }),
    { numRuns },
  );
});

test("values are inside the text, and times inside 64 bit", () => {
  fc.assert(
    fc.property(text, fc.constantFrom("never" as const, "first-empty" as const), (one, stop) => {
      for (const value of parseKeyValues(one, stop).values()) expectInside(value, one);
      const time = parseMicros(one);
      expect(time < 2n ** 63n && time > -(2n ** 63n)).toBe(true);
    }),
    { numRuns },
  );
});

test("a text without any equals sign, or full of them, is read in linear time", () => {
  // quadratic parsing of these would exceed the test's time limit
  for (const unit of ["x\n", "=\n", "\\n", "a=1\n"]) {
    const big = Buffer.from(`host_name=h\noutput=${unit.repeat(1_000_000)}`);
    expect(parseCheckResult(big).hostName.toString()).toBe("h");
    expect(parseKeyValues(big, "never").has("host_name")).toBe(true);
  }
});
