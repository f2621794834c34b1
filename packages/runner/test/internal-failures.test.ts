import { memoryLogger } from "@mod-gearman/observe";
import { afterEach, expect, test, vi } from "vitest";
import { createCheckRunner } from "../src/index.ts";
import { callInternal } from "../src/internal/call-internal.ts";
import { FakeRunner } from "./fake-runner.ts";

vi.mock("../src/internal/call-internal.ts", () => ({ callInternal: vi.fn() }));
afterEach(() => vi.mocked(callInternal).mockReset());

const logger = memoryLogger();
const checks = createCheckRunner({
  runner: new FakeRunner(),
  internal: { negate: true, checkDummy: true, checkNscWeb: true, checkPrometheus: true },
  version: "1",
  logger,
  judge: {
    identifier: Buffer.from("w1"),
    showErrorOutput: true,
    timeoutReturn: 3,
    workerNameInResult: "on",
  },
});
const check = (line: string, maxOutputBytes?: number) =>
  checks.check({
    commandLine: Buffer.from(line),
    type: "service",
    timeoutMs: 60_000,
    ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
  });

test("a crash of an internal check is UNKNOWN and logged", async () => {
  vi.mocked(callInternal).mockRejectedValue(new RangeError("out of range"));
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
  vi.mocked(callInternal).mockRejectedValue(Object.assign(new Error("none left"), { code }));
  expect(await check("/x/check_prometheus")).toMatchObject({ shortage: true, problem: "none left" });
});

test("return codes and output are put right as those of plugins", async () => {
  vi.mocked(callInternal).mockResolvedValue({ returnCode: 9, output: Buffer.from(" a\0b \n") });
  expect((await check("/x/check_nsc_web")).output.toString()).toBe(
    "CRITICAL: Return code of 9 is out of bounds. (worker: w1)\nab",
  );
});

test("output is cut where that of plugins is", async () => {
  vi.mocked(callInternal).mockResolvedValue({ returnCode: 0, output: Buffer.alloc(50, "x") });
  expect((await check("/x/check_nsc_web", 10)).output.toString()).toBe(`(worker: w1) ${"x".repeat(10)}`);
});

test("arguments, prefixes and the right check are handed on", async () => {
  vi.mocked(callInternal).mockResolvedValue({ returnCode: 0, output: Buffer.from("fine") });
  await check("A=1 B='2 3' /x/check_prometheus -q 'a b'");
  expect(vi.mocked(callInternal).mock.calls).toMatchObject([
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
