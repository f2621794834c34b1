import { memoryLogger } from "@mod-gearman/observe";
import { describe, expect, test } from "vitest";
import {
  type CheckOutcome,
  type CheckRequest,
  type CheckRunnerOptions,
  createCheckRunner,
  runTestCommand,
} from "../src/index.ts";
import { FakeRunner } from "./fake-runner.ts";

const ON = { negate: true, checkDummy: true, checkNscWeb: true, checkPrometheus: true };
const OFF = { negate: false, checkDummy: false, checkNscWeb: false, checkPrometheus: false };
const judge = {
  identifier: Buffer.from("w1"),
  showErrorOutput: true,
  timeoutReturn: 2,
  workerNameInResult: "off",
} as const;

function setUp(options: Partial<CheckRunnerOptions> = {}) {
  const runner = new FakeRunner();
  const checks = createCheckRunner({ runner, builtin: ON, judge, version: "1.2.3", ...options });
  const check = (commandLine: string, request: Partial<CheckRequest> = {}) =>
    checks.check({ commandLine: Buffer.from(commandLine), type: "service", timeoutMs: 60_000, ...request });
  return { runner, checks, check };
}
const ran = (runner: FakeRunner) =>
  runner.requests.map(({ plan, commandLine, timeoutMs }) => ({
    run:
      plan?.kind === "exec"
        ? [...plan.env.map(([name, value]) => `${name}=${value}`), ...plan.argv.map(String)]
        : commandLine.toString(),
    timeoutMs,
  }));
const shown = ({ exec, returnCode, output }: CheckOutcome) => [exec, returnCode, output.toString()];

describe("a plugin", () => {
  test("returns outcome, times, usage and description of the run", async () => {
    const { runner, check } = setUp();
    const usage = { userMicros: 1, systemMicros: 2, maxRssBytes: 3 };
    runner.answer = () => ({ exitCode: 1, stdout: Buffer.from("a\n"), stderr: Buffer.from("b"), usage });
    expect(await check("A=1 /x/check_y -w 1", { env: { N: "1" } })).toEqual({
      exec: "exec",
      returnCode: 1,
      exitCode: 1,
      output: Buffer.from("a\n[b]"),
      timedOut: false,
      timeoutMs: 60_000,
      aborted: false,
      shortage: false,
      description: "check_y",
      startedAt: 1_000_000n,
      finishedAt: 3_000_000n,
      usage,
    });
    expect(ran(runner)).toEqual([{ run: ["A=1", "/x/check_y", "-w", "1"], timeoutMs: 60_000 }]);
    expect(runner.requests[0]).toMatchObject({ env: { N: "1" }, directOnly: false });
  });

  test("a shell line is passed unchanged, with the label shell", async () => {
    const { runner, check } = setUp();
    expect(shown(await check("A=1 /x/check_y | cat"))).toEqual(["shell", 0, ""]);
    expect(ran(runner)).toEqual([{ run: "A=1 /x/check_y | cat", timeoutMs: 60_000 }]);
  });

  test("names of built-in checks in a shell line are run by the shell", async () => {
    const { runner, check } = setUp();
    await check("lib/check_dummy 0;");
    await check("lib/negate /bin/true | cat");
    expect(runner.requests).toHaveLength(2);
  });

  test("limits are passed to the runner", async () => {
    const { runner, check } = setUp();
    await check("/x/y", { limits: { cpuSeconds: 3 } });
    expect(runner.requests[0]?.limits).toEqual({ cpuSeconds: 3 });
  });

  test.for([
    { cpuSeconds: 1 },
    { memoryBytes: 1 << 30 },
    { openFiles: 64 },
    { runAs: { uid: 65_534, gid: 65_534, groups: [65_534] } },
  ])("file-option-under-run_as: with %j no check runs in this process", async (limits) => {
    const { runner, check } = setUp();
    const options = "-config /etc/shadow -u http://127.0.0.1:9/ -p x";
    const lines = [
      `/usr/lib/nagios/plugins/check_nsc_web ${options}`,
      "/x/check_prometheus m p",
      "/x/check_dummy 2",
    ];
    for (const line of lines)
      expect(await check(line, { limits })).toMatchObject({ exec: "exec", returnCode: 0 });
    expect(ran(runner).map(({ run }) => run)).toEqual(lines.map((line) => line.split(" ")));
    expect(runner.requests.map((request) => request.limits)).toEqual(lines.map(() => limits));
  });

  test("file-option-under-run_as: negate still maps, its command is run as a program", async () => {
    const { runner, check } = setUp();
    runner.answer = () => ({ exitCode: 2, stdout: Buffer.from("CRITICAL - x") });
    const outcome = await check("/x/negate -s /x/check_dummy 2", { limits: { openFiles: 64 } });
    expect(shown(outcome)).toEqual(["exec", 0, "OK - x"]);
    expect(ran(runner)).toEqual([{ run: ["/x/check_dummy", "2"], timeoutMs: 11_000 }]);
  });

  test.for([
    ["ENOENT", "127", "actually exists"],
    ["EACCES", "126", "is executable"],
  ] as const)("spawn error %s keeps the planned label", async ([errno, code, why]) => {
    const { runner, check } = setUp();
    runner.answer = () => ({ exec: "error", error: { errno, text: "no" } });
    const outcome = await check("/x/y");
    expect(outcome).toMatchObject({ exec: "exec", returnCode: 3, problem: "no" });
    expect(outcome.output.toString()).toContain(`Return code of ${code} is out of bounds.`);
    expect(outcome.output.toString()).toContain(why);
  });

  test("shortage and abort are not results", async () => {
    const { runner, check } = setUp();
    runner.answer = () => ({ exec: "error", error: { errno: "EMFILE", text: "too many open files" } });
    expect(await check("/x/y")).toMatchObject({ shortage: true, problem: "too many open files" });
    runner.answer = () => ({ aborted: true, signal: 15 });
    expect(await check("/x/y")).toMatchObject({ aborted: true, shortage: false });
  });

  test("a timeout above the limit of Node's timers works", async () => {
    const { runner, check } = setUp();
    await check("/x/y", { timeoutMs: 1e13 });
    expect(runner.requests[0]?.timeoutMs).toBe(1e13);
  });
});

describe("negate", () => {
  const output = (text: string, exitCode = 0) => ({ exitCode, stdout: Buffer.from(text) });

  test.for<[options: string, exitCode: number, expected: number, text?: string]>([
    ["", 0, 2],
    ["", 1, 1],
    ["", 2, 0],
    ["", 3, 3],
    ["-o warning", 0, 1],
    ["-o warning", 2, 2],
    ["--ok=3 --unknown=0", 0, 3],
    ["--ok=3 --unknown=0", 3, 0],
    ["-critical Unknown", 2, 3],
    ["-w=UNKNOWN", 1, 3],
    ["-u OK", 3, 0],
    ["-s", 0, 2, "CRITICAL - OK"],
    ["-substitute=true -o WARNING", 0, 1, "WARNING - OK"],
    ["-s -c ok", 2, 0],
    ["-s=false", 0, 2, "OK - OK"],
    ["-t 5 --", 0, 2],
  ])("<%s> of %i gives %i", async ([options, exitCode, expected, text]) => {
    const { runner, check } = setUp();
    runner.answer = () => output("OK - OK", exitCode);
    const outcome = await check(`/n/negate ${options} /bin/check a`);
    expect([outcome.exec, outcome.returnCode]).toEqual(["exec", expected]);
    expect(outcome.output.toString()).toBe(text ?? "OK - OK");
    expect(ran(runner)).toMatchObject([{ run: ["/bin/check", "a"] }]);
  });

  test("maps the corrected state", async () => {
    const { runner, check } = setUp();
    runner.answer = () => output("x", 42);
    const outcome = await check("lib/negate -u WARNING -s /bin/check a");
    expect(shown(outcome)).toEqual([
      "exec",
      1,
      "CRITICAL: Return code of 42 is out of bounds. (worker: w1)\nx",
    ]);
  });

  test("bytes that are not UTF-8 are kept by the substitution", async () => {
    const { runner, check } = setUp();
    runner.answer = () => ({ exitCode: 0, stdout: Buffer.from("\xe4 OK \xff", "latin1") });
    expect((await check("lib/negate -s /bin/check a")).output.toString("latin1")).toBe("\xe4 CRITICAL \xff");
  });

  test.for<[options: string, timeoutMs: number]>([
    ["", 11_000],
    ["-t 3", 3000],
    ["--timeout=90", 90_000],
    ["-t 0", 60_000],
    ["-t -4", 60_000],
  ])("timeout <%s> is %i ms", async ([options, timeoutMs]) => {
    const { runner, check } = setUp();
    expect((await check(`lib/negate ${options} /bin/check a`)).timeoutMs).toBe(timeoutMs);
    expect(ran(runner)).toEqual([{ run: ["/bin/check", "a"], timeoutMs }]);
  });

  test.for<[options: string, returnCode: number]>([
    ["-c OK", 2],
    ["-T unknown", 3],
    ["--timeout-result=0 -o 2", 0],
  ])("a timeout with <%s> is %i and not mapped", async ([options, returnCode]) => {
    const { runner, check } = setUp();
    runner.answer = () => ({ timedOut: true, signal: 15 });
    expect(await check(`lib/negate ${options} -s /bin/check a`)).toMatchObject({
      timedOut: true,
      returnCode,
      output: Buffer.from("(Service Check Timed Out On Worker: w1)"),
    });
  });

  test.for([
    ["no absolute command", "lib/negate check_http -H x"],
    ["an unknown option", "lib/negate -z /bin/check"],
    ["an unknown state", "lib/negate -o fine /bin/check"],
    ["an invalid number", "lib/negate -t soon /bin/check"],
    ["an option without its value", "lib/negate -t /bin/check"],
    ["words between options and command", "lib/negate -s ./x /bin/check"],
    ["no arguments", "lib/negate"],
  ])("%s: the real program decides", async ([, line = ""]) => {
    const { runner, check } = setUp();
    runner.answer = () => output("OK");
    expect(shown(await check(line))).toEqual(["exec", 0, "OK"]);
    expect(ran(runner)).toEqual([{ run: line.split(" "), timeoutMs: 60_000 }]);
  });

  test("switched off, or without a slash: the real program", async () => {
    const { runner, check } = setUp({ builtin: OFF });
    await check("lib/negate /bin/check");
    const { runner: other, check: checkOn } = setUp();
    await checkOn("negate /bin/check");
    expect([...ran(runner), ...ran(other)].map(({ run }) => run[0])).toEqual(["lib/negate", "negate"]);
  });

  test("one quoted string is split again, prefixes are kept", async () => {
    const { runner, check } = setUp();
    await check(`A=1 lib/negate "/bin/check 'a b' c"`);
    expect(ran(runner)).toMatchObject([{ run: ["A=1", "/bin/check", "a b", "c"] }]);
  });

  test("one quoted string that needs a shell is run by it, with the prefixes in its environment", async () => {
    const { runner, check } = setUp();
    runner.answer = () => output("OK");
    const outcome = await check(`A=1 lib/negate '/bin/check | grep x'`, { env: { B: "2" } });
    expect(shown(outcome)).toEqual(["shell", 2, "OK"]);
    expect(ran(runner)).toMatchObject([{ run: "/bin/check | grep x" }]);
    expect(runner.requests[0]?.env).toEqual({ A: Buffer.from("1"), B: "2" });
  });

  test("its command may be built in", async () => {
    const { check } = setUp();
    const outcome = await check("lib/negate -s /lib/check_dummy 0 fine");
    expect([shown(outcome), outcome.description]).toEqual([
      ["internal", 2, "CRITICAL: fine"],
      "InternalCheckDummy",
    ]);
  });

  test("a second negate is run as the real program", async () => {
    const { runner, check } = setUp();
    await check("lib/negate /lib/negate /bin/check");
    expect(ran(runner)).toMatchObject([{ run: ["/lib/negate", "/bin/check"] }]);
  });
});

describe("check_dummy", () => {
  test.for<[args: string, returnCode: number, output: string]>([
    ["0", 0, "OK:"],
    ["1 a", 1, "WARNING: a"],
    ["2 'a  b' c", 2, "CRITICAL: a  b"],
    ["3 ''", 3, "UNKNOWN:"],
    ["4", 3, "UNKNOWN: Status 4 is not a supported error state"],
    ["00", 3, "UNKNOWN: Status 00 is not a supported error state"],
    ["''", 3, "UNKNOWN: Status  is not a supported error state"],
    ["-v", 3, "check_dummy (internal mod-gearman-worker v1.2.3)"],
    ["-V", 3, "check_dummy (internal mod-gearman-worker v1.2.3)"],
    ["--version", 3, "check_dummy (internal mod-gearman-worker v1.2.3)"],
  ])("%s", async ([args, returnCode, output]) => {
    const { runner, check } = setUp();
    expect(shown(await check(`./check_dummy ${args}`))).toEqual(["internal", returnCode, output]);
    expect(runner.requests).toEqual([]);
  });

  test.for(["", "-h", "--help"])("help: <%s>", async (args) => {
    const outcome = await setUp().check(`/x/check_dummy ${args}`);
    expect(outcome.returnCode).toBe(3);
    expect(outcome.output.toString()).toMatch(
      /^check_dummy \(internal mod-gearman-worker v1\.2\.3\)\n.*Usage:/s,
    );
  });

  test("calls back before start returns", () => {
    const outcomes: CheckOutcome[] = [];
    const commandLine = Buffer.from("/x/check_dummy 0 \xff", "latin1");
    setUp().checks.start({ commandLine, type: "host", timeoutMs: 1 }, (outcome) => outcomes.push(outcome));
    expect(outcomes.map((outcome) => outcome.output.toString("latin1"))).toEqual(["OK: \xff"]);
    expect(outcomes[0]?.finishedAt).toBeGreaterThanOrEqual(outcomes[0]?.startedAt ?? 0n);
  });

  test.for([
    ["switched off", "/x/check_dummy 0", OFF],
    ["no slash", "check_dummy 0", ON],
    ["another name", "/x/xcheck_dummy 0", ON],
  ] as const)("%s: the real program", async ([, line, builtin]) => {
    const { runner, check } = setUp({ builtin });
    await check(line);
    expect(runner.requests).toHaveLength(1);
  });
});

describe("names in results", () => {
  test.for<["on" | "pre_perfdata", string, string]>([
    ["on", "/x/check_dummy 0 a", "(worker: w1) OK: a"],
    ["pre_perfdata", "/x/check_dummy 0 'a |b=1'", "OK: a (worker: w1) |b=1"],
    ["on", "lib/negate -s /x/check_dummy 0 a", "(worker: w1) CRITICAL: a"],
    ["on", "/x/plugin", "(worker: w1) text"],
    ["on", "/x/plugin;", "(worker: w1) text"],
  ])("worker_name_in_result %s: %s", async ([workerNameInResult, line, expected]) => {
    const { runner, check } = setUp({ judge: { ...judge, workerNameInResult } });
    runner.answer = () => ({ exitCode: 0, stdout: Buffer.from("text") });
    expect((await check(line)).output.toString()).toBe(expected);
  });

  test("a state in the name of the worker is not substituted", async () => {
    const identifier = Buffer.from("OK-host");
    const { check } = setUp({ judge: { ...judge, identifier, workerNameInResult: "on" } });
    expect((await check("lib/negate -s /x/check_dummy 0")).output.toString()).toBe(
      "(worker: OK-host) CRITICAL:",
    );
  });

  test("debug-result prefixes built-in checks too", async () => {
    const { check } = setUp({ judge: { ...judge, debugHostName: Buffer.from("vm") } });
    expect((await check("/x/check_dummy 0")).output.toString()).toBe("(vm) - OK:");
  });
});

describe("defects (D11)", () => {
  test("of the runner become UNKNOWN", async () => {
    const logger = memoryLogger();
    const { runner, check } = setUp({ logger });
    runner.answer = () => {
      throw new TypeError("boom");
    };
    const outcome = await check("/x/y");
    expect(outcome).toMatchObject({ exec: "error", returnCode: 3, aborted: false, problem: "boom" });
    expect(outcome.output.toString()).toBe("UNKNOWN: boom (worker: w1)");
    expect(logger.lines.join("\n")).toContain("boom");
  });

  test("of the judgement become UNKNOWN", async () => {
    const { runner, check } = setUp();
    runner.answer = () => ({ exitCode: 0, stdout: undefined as unknown as Buffer });
    expect(await check("/x/y")).toMatchObject({ exec: "error", returnCode: 3 });
  });

  test("of the callback are logged and not propagated", async () => {
    const logger = memoryLogger();
    const { checks } = setUp({ logger });
    const commandLine = Buffer.from("/x/check_dummy 0");
    checks.start({ commandLine, type: "", timeoutMs: 1 }, () => {
      throw new Error("cannot take it");
    });
    expect(logger.lines.join("\n")).toContain("check result lost: cannot take it");
  });
});

describe("testcmd", () => {
  const call = async (line: string, runner?: FakeRunner) => {
    const { checks } = setUp(runner === undefined ? {} : { runner });
    const written: Buffer[] = [];
    const request = { commandLine: Buffer.from(line), timeoutMs: 1000 };
    const code = await runTestCommand(checks, request, (bytes) => void written.push(bytes));
    return [code, Buffer.concat(written).toString()];
  };

  test("prints the output with its line feeds and gives the return code", async () => {
    const runner = new FakeRunner();
    runner.answer = () => ({ exitCode: 1, stdout: Buffer.from("a\nb\n") });
    expect(await call("/x/y", runner)).toEqual([1, "a\nb\n"]);
    expect(await call("/x/check_dummy 2 x")).toEqual([2, "CRITICAL: x\n"]);
  });

  test("a timeout is one of a job without type", async () => {
    const runner = new FakeRunner();
    runner.answer = () => ({ timedOut: true });
    expect(await call("/x/y", runner)).toEqual([2, "(Check Timed Out On Worker: w1)\n"]);
  });

  test("a command that could not be run prints the reason", async () => {
    const runner = new FakeRunner();
    runner.answer = () => ({ exec: "error", error: { errno: "ENOMEM", text: "out of memory" } });
    expect(await call("/x/y", runner)).toEqual([3, "UNKNOWN: not run: out of memory\n"]);
  });
});
