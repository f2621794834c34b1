import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { CheckRunnerOptions } from "../src/index.ts";
import { FakeRunner } from "./fake-runner.ts";

vi.mock("@mod-gearman/builtin-checks", async (original) => ({
  ...(await original()),
  runBuiltinCheck: vi.fn(),
}));
vi.resetModules(); // other files of the same process may have loaded the runner with the real checks
const { createCheckRunner } = await import("../src/index.ts");
const { runBuiltinCheck } = await import("@mod-gearman/builtin-checks");
afterEach(() => vi.mocked(runBuiltinCheck).mockReset());

const logger = memoryLogger();
const options = {
  runner: new FakeRunner(),
  builtin: { negate: true, checkDummy: true, checkNscWeb: true, checkPrometheus: true },
  version: "1",
  logger,
  judge: {
    identifier: Buffer.from("w1"),
    showErrorOutput: true,
    timeoutReturn: 3,
    workerNameInResult: "on",
  },
} satisfies CheckRunnerOptions;
const checks = createCheckRunner(options);
const check = (line: string, maxOutputBytes?: number) =>
  checks.check({
    commandLine: Buffer.from(line),
    type: "service",
    timeoutMs: 60_000,
    ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
  });

test("a crash of a built-in check is UNKNOWN and logged", async () => {
  vi.mocked(runBuiltinCheck).mockRejectedValue(new RangeError("out of range"));
  const outcome = await check("/x/check_nsc_web");
  expect(outcome).toMatchObject({
    exec: "internal",
    returnCode: 3,
    shortage: false,
    problem: "out of range",
  });
  expect(outcome.output.toString()).toBe("(worker: w1) UNKNOWN - internal check crashed: out of range");
  expect(logger.lines.join("\n")).toContain("internal check crashed: out of range");
});

test.for(["EMFILE", "ENOMEM"])("%s is a shortage, not a result", async (code) => {
  vi.mocked(runBuiltinCheck).mockRejectedValue(Object.assign(new Error("none left"), { code }));
  expect(await check("/x/check_prometheus")).toMatchObject({ shortage: true, problem: "none left" });
});

test("return codes and output are corrected as those of plugins", async () => {
  vi.mocked(runBuiltinCheck).mockResolvedValue({ returnCode: 9, output: Buffer.from(" a\0b \n") });
  expect((await check("/x/check_nsc_web")).output.toString()).toBe(
    "CRITICAL: Return code of 9 is out of bounds. (worker: w1)\nab",
  );
});

test("output is cut at the limit for plugins", async () => {
  vi.mocked(runBuiltinCheck).mockResolvedValue({ returnCode: 0, output: Buffer.alloc(50, "x") });
  expect((await check("/x/check_nsc_web", 10)).output.toString()).toBe(`(worker: w1) ${"x".repeat(10)}`);
});

test("the right check gets arguments and prefixes", async () => {
  vi.mocked(runBuiltinCheck).mockResolvedValue({ returnCode: 0, output: Buffer.from("fine") });
  await check("A=1 B='2 3' /x/check_prometheus -q 'a b'");
  expect(vi.mocked(runBuiltinCheck).mock.calls).toMatchObject([
    [
      "check_prometheus",
      {
        args: [Buffer.from("-q"), Buffer.from("a b")],
        env: [
          [Buffer.from("A"), Buffer.from("1")],
          [Buffer.from("B"), Buffer.from("2 3")],
        ],
      },
    ],
  ]);
});

describe("a check that waits for its server", () => {
  /** A call without answer, and its signal. */
  const silent = () => {
    vi.mocked(runBuiltinCheck).mockReturnValue(new Promise(() => undefined));
    return () => vi.mocked(runBuiltinCheck).mock.lastCall?.[1].signal.aborted;
  };
  const request = { commandLine: Buffer.from("x/check_nsc_web -t 0"), type: "service", timeoutMs: 5000 };

  test("ends with the timeout of the job, which aborts its call", async () => {
    const clock = new ManualClock();
    const isAborted = silent();
    const outcome = createCheckRunner({ ...options, clock }).check(request);
    clock.tick(4999);
    expect(isAborted()).toBe(false);
    clock.tick(1);
    expect(await outcome).toMatchObject({ timedOut: true, returnCode: 3, exec: "internal" });
    expect((await outcome).output.toString()).toBe("(Service Check Timed Out On Worker: w1)");
    expect(isAborted()).toBe(true);
  });

  test("ends with the worker; no other one starts then", async () => {
    const stop = new AbortController();
    const isAborted = silent();
    const stopping = createCheckRunner({ ...options, stopSignal: stop.signal });
    const outcome = stopping.check(request);
    stop.abort();
    expect(await outcome).toMatchObject({ aborted: true, timedOut: false });
    expect(isAborted()).toBe(true);
    expect(await stopping.check(request)).toMatchObject({ aborted: true });
    expect(runBuiltinCheck).toHaveBeenCalledTimes(1);
  });
});

test("negate maps its result", async () => {
  vi.mocked(runBuiltinCheck).mockResolvedValue({ returnCode: 0, output: Buffer.from("OK - fine") });
  const outcome = await check("lib/negate -s /x/check_nsc_web -u http://h");
  expect([outcome.returnCode, outcome.output.toString()]).toEqual([2, "(worker: w1) CRITICAL - fine"]);
});

test.for([
  ["check_nsc_web", "InternalCheckNSCWeb"],
  ["check_prometheus", "internalCheckPrometheus"],
])("%s: description of the metrics", async ([name, description]) => {
  vi.mocked(runBuiltinCheck).mockResolvedValue({ returnCode: 0, output: Buffer.from("fine") });
  expect(await check(`/x/${name}`)).toMatchObject({ exec: "internal", description });
});
