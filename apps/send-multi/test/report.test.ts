import { expect, test } from "vitest";
import { outcome, type RunOutcome } from "../src/report.ts";

const none = { sent: 0, kept: 0, failed: 0, sentEarlier: 0, copiesFailed: 0 };

function facts(counts: Partial<RunOutcome["counts"]>, more: Partial<RunOutcome> = {}): RunOutcome {
  return { counts: { ...none, ...counts }, unclosed: 0, message: undefined, ...more };
}

const NO_END =
  "send_multi UNKNOWN: no closing tag </CHILD> within buffer, buffer size too small? discarding buffer, 0 bytes now\n";

test.for<[string, RunOutcome, string, number]>([
  ["one", facts({ sent: 1 }), "send_multi OK: 1 check_multi child check submitted\n", 0],
  ["two", facts({ sent: 2 }), "send_multi OK: 2 check_multi child checks submitted\n", 0],
  ["none", facts({}), "send_multi UNKNOWN: 0 check_multi child checks submitted\n", 3],
  ["all failed", facts({ failed: 2 }), "send_multi UNKNOWN: 0 check_multi child checks submitted\n", 3],
  [
    "some failed",
    facts({ sent: 1, failed: 2 }),
    "send_multi UNKNOWN: 1 check_multi child check submitted\n",
    3,
  ],
  ["all kept", facts({ kept: 2 }), "send_multi OK: 0 check_multi child checks submitted, 2 kept\n", 0],
  ["no end", facts({ sent: 3 }, { unclosed: 1 }), NO_END, 3],
  [
    "a message",
    facts({}, { message: Buffer.from("cannot open\n") }),
    "send_multi UNKNOWN: error msg in input buffer: cannot open\n\n",
    3,
  ],
])("%s", ([, given, text, exitCode]) => {
  expect(outcome(given)).toEqual({ text, exitCode });
});
