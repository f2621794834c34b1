import { expect, test } from "vitest";
import { MAX_RECORD_TEXT_BYTES, syslogPriority, syslogRecord } from "../src/syslog-record.ts";

test.for([
  ["user", "error", 11],
  ["user", "warn", 12],
  ["user", "notice", 13],
  ["user", "info", 14],
  ["user", "debug", 15],
  ["user", "trace", 15],
  ["daemon", "error", 27],
  ["daemon", "trace", 31],
] as const)("%s.%s is %i", ([facility, level, priority]) =>
  expect(syslogPriority(facility, level)).toBe(priority),
);

test("one line is one record, for any content", () => {
  const record = syslogRecord("user", "info", "<0>forged\n<0>second\u001b[31m\u0000\u0085 zwö");
  expect(record.toString("utf8")).toBe("<14><0>forged\\n<0>second\\x1b[31m\\x00\\x85 zwö\n");
});

test.for([
  ["a", MAX_RECORD_TEXT_BYTES, MAX_RECORD_TEXT_BYTES],
  ["a", MAX_RECORD_TEXT_BYTES + 1, MAX_RECORD_TEXT_BYTES],
  ["€", 5000, MAX_RECORD_TEXT_BYTES - 2],
] as const)("%s times %i is cut between characters", ([letter, count, bytes]) => {
  const text = syslogRecord("user", "info", letter.repeat(count)).toString("utf8").slice(4, -1);
  expect(Buffer.byteLength(text)).toBe(bytes);
  const over = count * Buffer.byteLength(letter) - MAX_RECORD_TEXT_BYTES;
  const tail = over > 0 ? ` (+${over} bytes)` : "";
  expect(text.endsWith(`${letter}${tail}`)).toBe(true);
  expect(text).not.toContain("\ufffd");
});
