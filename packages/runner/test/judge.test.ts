import { describe, expect, test } from "vitest";
import { isResourceShortage, type JudgeOptions, judge, type RunOutcome } from "../src/index.ts";

const base: RunOutcome = {
  exec: "exec",
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  timedOut: false,
  aborted: false,
  startedAt: 0n,
  finishedAt: 0n,
  truncatedBytes: 0,
};
const settings: JudgeOptions = {
  identifier: Buffer.from("w1"),
  showErrorOutput: true,
  timeoutReturn: 3,
  workerNameInResult: "off",
};
const exited = (
  exitCode: number,
  stdout: string | Buffer = "",
  stderr: string | Buffer = "",
): RunOutcome => ({
  ...base,
  exitCode,
  stdout: Buffer.from(stdout as string),
  stderr: Buffer.from(stderr as string),
});
const verdict = (outcome: RunOutcome, options: Partial<JudgeOptions> = {}, type = "service") => {
  const { returnCode, output } = judge(outcome, { type }, { ...settings, ...options });
  return [returnCode, output.toString("latin1")];
};

const NOT_FOUND =
  "UNKNOWN: Return code of 127 is out of bounds. Make sure the plugin you're trying to run actually exists. (worker: w1)";
const NOT_EXECUTABLE =
  "UNKNOWN: Return code of 126 is out of bounds. Make sure the plugin you're trying to run is executable. (worker: w1)";

describe("exit codes (worker.md 4.6)", () => {
  test.for<[string, RunOutcome, number, string]>([
    ["0", exited(0, "o"), 0, "o"],
    ["1", exited(1, "o"), 1, "o"],
    ["2", exited(2, "o"), 2, "o"],
    ["3", exited(3, "o"), 3, "o"],
    ["4", exited(4, "o"), 3, "CRITICAL: Return code of 4 is out of bounds. (worker: w1)\no"],
    ["25", exited(25, ""), 3, "CRITICAL: Return code of 25 is out of bounds. (worker: w1)"],
    [
      "42 with stderr",
      exited(42, "x", "e"),
      3,
      "CRITICAL: Return code of 42 is out of bounds. (worker: w1)\nx\n[e]",
    ],
    ["126", exited(126, "o", "e"), 3, `${NOT_EXECUTABLE}\no\n[e]`],
    ["127", exited(127, "", "sh: x: not found\n"), 3, `${NOT_FOUND}\n\n[sh: x: not found]`],
    ["143", exited(143, "o"), 3, "CRITICAL: Return code of 143 is out of bounds. (worker: w1)\no"],
    ["255", exited(255), 3, "CRITICAL: Return code of 255 is out of bounds. (worker: w1)"],
    [
      "lost",
      { ...base, stdout: Buffer.from("OK\n") },
      3,
      "UNKNOWN: The exit status of the plugin is lost. (worker: w1)\nOK",
    ],
  ])("%s", ([, outcome, code, text]) => expect(verdict(outcome)).toEqual([code, text]));
});

describe("signals (worker.md 4.6)", () => {
  test.for<[number, string]>([
    [1, "hangup"],
    [6, "aborted"],
    [9, "killed"],
    [11, "segmentation fault"],
    [13, "broken pipe"],
    [15, "terminated"],
    [24, "CPU time limit exceeded"],
    [31, "bad system call"],
    [30, "signal 30"],
  ])("%i", ([signal, name]) =>
    expect(verdict({ ...base, signal, stdout: Buffer.from("k\n") })).toEqual([
      3,
      `UNKNOWN: Return code of ${signal} is out of bounds. Plugin exited by signal: ${name}. (worker: w1)\nk`,
    ]),
  );
});

describe("nothing was started (worker.md 4.6)", () => {
  const failed = (errno: string, text: string): RunOutcome => ({
    ...base,
    exec: "error",
    error: { errno, text },
  });
  test.for<[string, string, string]>([
    ["ENOENT", "no such file or directory", NOT_FOUND],
    ["EACCES", "permission denied", NOT_EXECUTABLE],
    ["E2BIG", "argument list too long", "UNKNOWN: argument list too long (worker: w1)"],
  ])("%s", ([errno, text, output]) => {
    expect(verdict(failed(errno, text))).toEqual([3, output]);
    expect(isResourceShortage(failed(errno, text))).toBe(false);
  });
  test.for(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"])("%s is a shortage, not a result", (errno) =>
    expect(isResourceShortage(failed(errno, "x"))).toBe(true),
  );
});

describe("timeout (worker.md 4.4)", () => {
  const late: RunOutcome = { ...base, timedOut: true, stdout: Buffer.from("dropped"), signal: 15 };
  test.for([
    ["service", "(Service Check Timed Out On Worker: w1)"],
    ["host", "(Host Check Timed Out On Worker: w1)"],
    ["eventhandler", "(Check Timed Out On Worker: w1)"],
    ["", "(Check Timed Out On Worker: w1)"],
  ] as const)("%s", ([type, text]) => {
    expect(verdict(late, {}, type)).toEqual([3, text]);
    expect(verdict(late, { timeoutReturn: 2, workerNameInResult: "on" }, type)).toEqual([2, text]);
  });
});

describe("output assembly (worker.md 4.5)", () => {
  test.for<[string, RunOutcome, string, Partial<JudgeOptions>?]>([
    [
      "white space at both ends goes",
      exited(0, "\t  OK - tab\there  \n\n  trailing  \n\n"),
      "OK - tab\there  \n\n  trailing",
    ],
    ["inner CR and TAB stay", exited(0, "a\r\nb\tc\r\n"), "a\r\nb\tc"],
    ["NULs go everywhere (D19)", exited(0, "\0\0a\0b\0\n\0"), "ab"],
    ["backslashes are not doubled (D19)", exited(0, "C:\\new\\n"), "C:\\new\\n"],
    ["invalid UTF-8 stays", exited(0, Buffer.from("61ffc3a4", "hex")), "a\xff\xc3\xa4"],
    ["empty stays empty", exited(0, "\n\n"), ""],
    ["stderr at rc 0 is dropped", exited(0, "o\n", "e\n"), "o"],
    ["stderr after stdout", exited(2, "o\n", " e\n"), "o\n[e]"],
    ["stderr alone", exited(2, "", "e\n"), "[e]"],
    ["blank stderr", exited(2, "o", " \n\0"), "o"],
    ["show_error_output off", exited(2, "o", "e"), "o", { showErrorOutput: false }],
    ["stderr of a killed plugin", { ...exited(0, "", "e"), exitCode: 1 }, "[e]"],
  ])("%s", ([, outcome, text, options]) => expect(verdict(outcome, options)[1]).toBe(text));

  test("stderr is part of the output after a signal", () => {
    const { exitCode: _, ...killed } = exited(0, "o", "e");
    expect(verdict({ ...killed, signal: 9 })[1]).toContain("(worker: w1)\no\n[e]");
  });
});

describe("worker_name_in_result and debug-result", () => {
  test.for<[JudgeOptions["workerNameInResult"], string, string]>([
    ["on", "fine|a=1", "(worker: w1) fine|a=1"],
    ["pre_perfdata", "fine|a=1", "fine (worker: w1) |a=1"],
    ["pre_perfdata", "Service is Running | a=1", "Service is Running (worker: w1) | a=1"],
    ["pre_perfdata", "fine", "fine (worker: w1)"],
    ["off", "fine|a=1", "fine|a=1"],
  ])("%s: %s", ([workerNameInResult, output, text]) =>
    expect(verdict(exited(0, output), { workerNameInResult })[1]).toBe(text),
  );

  test("corrected texts already contain the name of the worker", () =>
    expect(verdict(exited(4), { workerNameInResult: "on" })[1]).toBe(
      "CRITICAL: Return code of 4 is out of bounds. (worker: w1)",
    ));
  test("debug-result puts the host name first", () =>
    expect(verdict(exited(0, "fine"), { debugHostName: Buffer.from("vm") })[1]).toBe("(vm) - fine"));
  test("worker_name_in_result has precedence over debug-result", () =>
    expect(verdict(exited(0, "f"), { debugHostName: Buffer.from("vm"), workerNameInResult: "on" })[1]).toBe(
      "(worker: w1) f",
    ));
});
