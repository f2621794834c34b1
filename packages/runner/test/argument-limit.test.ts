import { describe, expect, test, vi } from "vitest";
import { ARGUMENT_LIMIT, readArgumentLimit, refuseLength } from "../src/argument-limit.ts";
import { createCheckRunner, tokenize } from "../src/index.ts";
import { FakeRunner } from "./fake-runner.ts";

const KIB = 1024;
const MIB = KIB * KIB;
/** Longer than the limit of any system. */
const TOO_LONG = Buffer.from(`/bin/echo ${"x ".repeat(4 * MIB)}`);

const stack = (soft: string) =>
  "Limit                     Soft Limit           Hard Limit           Units     \n" +
  "Max data size             unlimited            unlimited            bytes     \n" +
  `Max stack size            ${soft.padEnd(20)} unlimited            bytes     \n`;

/** The number of buffers created by `action`. */
function piecesOf(action: () => unknown): number {
  const subarray = vi.spyOn(Buffer.prototype, "subarray");
  action();
  const pieces = subarray.mock.calls.length;
  subarray.mockRestore();
  return pieces;
}

test.for<[string, number]>([
  [stack("8388608"), 2 * MIB],
  [stack("unlimited"), 6 * MIB],
  [stack("1073741824"), 6 * MIB],
  [stack("262144"), 128 * KIB],
  [stack("1000001"), 250_000],
  ["", 6 * MIB],
])("of %j: %i", ([limits, bytes]) => expect(readArgumentLimit(limits)).toBe(bytes));

test("equals the limit of the system for this process", () => {
  expect(ARGUMENT_LIMIT).toBeGreaterThanOrEqual(128 * KIB);
  expect(ARGUMENT_LIMIT).toBeLessThanOrEqual(6 * MIB);
});

test("a line of exactly the limit is accepted", () => {
  expect(refuseLength(Buffer.alloc(10), 10)).toBeUndefined();
  expect(refuseLength(Buffer.alloc(11), 10)).toBe(
    "command line of 11 bytes is too long, this system takes 10",
  );
});

describe("tokenize", () => {
  // a word of one byte takes ten: its NUL and a pointer come on top
  test.for<[string, number, string]>([
    ["a b c", 30, "exec"],
    ["a b c", 29, "shell"],
    ["a 'b' c", 29, "shell"],
    ["A=b c", 22, "exec"],
    ["A=b c", 21, "shell"],
  ])("%s in %i bytes: %s", ([line, maxBytes, kind]) =>
    expect(tokenize(Buffer.from(line), maxBytes).kind).toBe(kind),
  );

  test("stops splitting a line that cannot be executed", () => {
    const line = Buffer.from("a ".repeat(100_000));
    expect(piecesOf(() => tokenize(line, 10_000))).toBeLessThanOrEqual(1001);
  });
});

describe("a check", () => {
  const builtin = { negate: true, checkDummy: true, checkNscWeb: true, checkPrometheus: true };
  const judge = {
    identifier: Buffer.from("w1"),
    showErrorOutput: true,
    timeoutReturn: 2,
    workerNameInResult: "off",
  } as const;
  const setUp = () => {
    const runner = new FakeRunner();
    const checks = createCheckRunner({ runner, builtin, judge, version: "1" });
    return { runner, checks };
  };

  test.for<[string, Buffer]>([
    ["words", TOO_LONG],
    // longer than the limit of any system, hence more of them than in the case
    ["many-assignments", Buffer.from(Array.from({ length: 700_000 }, (_, n) => `A${n}=b`).join(" "))],
    ["a line for the shell", Buffer.concat([TOO_LONG, Buffer.from(";")])],
    ["behind negate", Buffer.concat([Buffer.from("/x/negate "), TOO_LONG])],
    ["internal", Buffer.concat([Buffer.from("/x/check_dummy 0 "), TOO_LONG])],
  ])("%s: UNKNOWN with the reason, before anything is split or started", ([, commandLine]) => {
    const { runner, checks } = setUp();
    const done = vi.fn();
    const start = () => checks.start({ commandLine, type: "service", timeoutMs: 1000 }, done);
    expect(piecesOf(start)).toBe(0);
    const problem = `command line of ${commandLine.length} bytes is too long, this system takes ${ARGUMENT_LIMIT}`;
    expect(done).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ exec: "error", returnCode: 3, problem, aborted: false, shortage: false }),
    );
    expect(done.mock.calls[0]?.[0].output.toString()).toBe(`UNKNOWN: ${problem} (worker: w1)`);
    expect(runner.requests).toEqual([]);
  });
});
