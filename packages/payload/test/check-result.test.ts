import { describe, expect, test } from "vitest";
import { type CheckResult, parseCheckResult, resultLatency } from "../src/index.ts";
import { openResult } from "./intake.ts";
import { base64, latin1, loadVectors, micros, plainLines, senderTexts } from "./vectors.ts";

interface WorkerRow {
  readonly group: string;
  readonly case: string;
  readonly plaintext?: string;
}

const workerTexts = loadVectors<{ results: WorkerRow[] }>("worker-results")
  .results.filter((row) => row.plaintext !== undefined)
  .map((row) => ({ name: `${row.group} ${row.case}`, text: base64(row.plaintext ?? "") }));

const sent = (["send_gearman", "send_multi", "send_gearman_perl"] as const).flatMap(senderTexts);

/** Compares a parsed result with the lines of its text, read in a simple way. */
function expectSame(result: CheckResult, lines: Map<string, string>): void {
  const time = (key: string) => {
    const text = lines.get(key);
    const [whole = "", fraction = ""] = (text ?? "").split(".");
    const value = text === undefined ? 0n : micros(`${whole}.${fraction.padEnd(6, "0")}`);
    return value === 0n ? undefined : value;
  };
  expect(result.type).toBe(lines.get("type") === "passive" ? "passive" : "active");
  expect(result.hostName.toString("latin1")).toBe(lines.get("host_name"));
  expect(result.serviceDescription?.toString("latin1")).toBe(lines.get("service_description"));
  expect(result.coreStartTime).toBe(time("core_start_time"));
  expect(result.startTime).toBe(time("start_time"));
  expect(result.finishTime).toBe(time("finish_time"));
  expect(result.latency).toBe(time("latency"));
  expect(result.returnCode).toBe(Number(lines.get("return_code")));
  expect(result.source?.toString("latin1")).toBe(lines.get("source"));
  expect(result.output.toString("latin1")).toBe(lines.get("output")?.replaceAll("\\n", "\n"));
  expect([result.exitedOk, result.earlyTimeout, result.scheduledCheck]).toEqual([true, false, true]);
}

describe("results of the C worker", () => {
  test("all captured ones are tested", () => expect(workerTexts).toHaveLength(60));
  test.for(workerTexts)("$name", ({ text }) => expectSame(parseCheckResult(text), plainLines(text)));
});

describe("results of the senders, C and perl", () => {
  test("there are as many as were captured", () => expect(sent).toHaveLength(87));
  test.for(sent)("$name", ({ text }) => expectSame(parseCheckResult(text), plainLines(text)));
});

interface IntakeRow {
  readonly name: string;
  readonly job: string;
  readonly reply: "WORK_COMPLETE" | "WORK_FAIL";
  readonly moduleLog: string[];
}

const intake = loadVectors<{ cases: IntakeRow[] }>("neb-result-intake").cases;

test.for(intake)("the module accepts or refuses `$name`: $reply", ({ job, reply, moduleLog }) => {
  const outcome = () => {
    const text = openResult(base64(job));
    return text === undefined ? undefined : parseCheckResult(text);
  };
  if (reply === "WORK_FAIL") {
    if (openResult(base64(job)) === undefined) expect(moduleLog.join()).toContain("decode base64");
    else expect(outcome).toThrow(expect.objectContaining({ name: "PayloadError" }));
    return;
  }
  const result = outcome();
  const subject = `${result?.hostName}${result?.serviceDescription ? ` ${result.serviceDescription}` : ""}`;
  const kind = result?.serviceDescription === undefined ? "host" : "service";
  expect(moduleLog.join()).toContain(`${kind} job completed: ${subject}: exit ${result?.returnCode},`);
});

describe("rules of the module", () => {
  const parse = (...lines: string[]) =>
    parseCheckResult(latin1(["host_name=h", ...lines, "output=o"].join("\n")));

  test("a minimal result has the defaults", () => {
    expect(parse()).toEqual({
      type: "active",
      hostName: latin1("h"),
      returnCode: 0,
      exitedOk: true,
      earlyTimeout: false,
      scheduledCheck: true,
      output: latin1("o"),
    });
  });
  test("flags are integers", () => {
    const result = parse("exited_ok=0", "early_timeout=1", "scheduled_check=0", "return_code=-1");
    expect(result).toMatchObject({
      exitedOk: false,
      earlyTimeout: true,
      scheduledCheck: false,
      returnCode: -1,
    });
  });
  test("only `passive` is passive", () => {
    expect(parse("type=passive").type).toBe("passive");
    expect(parse("type=Passive").type).toBe("active");
    expect(parse("type=passive", "type=active").type).toBe("active");
  });
  test("an output may be empty or have no value", () => {
    expect(parseCheckResult(latin1("host_name=h\noutput=\nreturn_code=2\n"))).toMatchObject({
      output: latin1(""),
      returnCode: 0,
    });
    expect(parseCheckResult(latin1("host_name=h\noutput\n")).output).toEqual(latin1("(null)"));
  });
  test("a time of 0 is missing", () => {
    expect(parse("start_time=0.000000", "finish_time=0").startTime).toBeUndefined();
  });
  test("bytes from the first NUL on are padding", () => {
    expect(parseCheckResult(latin1("host_name=h\noutput=o\0 tail\noutput=evil\n")).output).toEqual(
      latin1("o"),
    );
  });
});

test.for([
  ["MISSING_HOST_NAME", ""],
  ["MISSING_HOST_NAME", "output=o\n"],
  ["MISSING_HOST_NAME", "\nhost_name=h\noutput=o\n"],
  ["MISSING_HOST_NAME", "host_name=\noutput=o\n"],
  ["MISSING_OUTPUT", "host_name=h\n"],
  ["MISSING_OUTPUT", "host_name=h\nservice_description=\noutput=o\n"],
  ["MISSING_OUTPUT", "host_name=h\n\noutput=o\n"],
] as const)("%s: %j", ([code, text]) => {
  expect(() => parseCheckResult(latin1(text))).toThrow(expect.objectContaining({ code }));
});

describe("latency", () => {
  const received = 1_795_247_270_500_000n;
  const result = (times: Partial<CheckResult>): CheckResult => ({ ...parseCheckResult(minimal), ...times });
  const minimal = latin1("host_name=h\noutput=o\n");
  const second = 1_000_000n;

  test.for([
    ["received − duration − core start", { coreStartTime: -9n, startTime: -3n, finishTime: -1n }, 7n],
    ["finished at once", { coreStartTime: -9n, startTime: -1n, finishTime: -1n }, 9n],
    ["never below 0", { coreStartTime: -1n, startTime: -9n, finishTime: -1n }, 0n],
  ] as const)("%s", ([, times, seconds]) => {
    const absolute = Object.fromEntries(
      Object.entries(times).map(([key, ago]) => [key, received + ago * second]),
    );
    expect(resultLatency(result(absolute), received)).toBe(seconds * second);
  });

  test("missing times are the whole second of the arrival", () => {
    expect(resultLatency(result({}), received)).toBe(500_000n);
    expect(resultLatency(result({ startTime: received, finishTime: received }), received)).toBe(500_000n);
  });

  test("a given latency is added, a negative one is not", () => {
    expect(resultLatency(result({ latency: 3n * second }), received)).toBe(3_500_000n);
    expect(resultLatency(result({ latency: -3n * second }), received)).toBe(500_000n);
  });

  test.for([-8_858_779_241_817_170_888_000_000n, 8_232_008_234n, 2n ** 62n])(
    "core start %d µs, uninitialised memory of a C worker, counts as missing",
    (coreStartTime) => {
      expect(resultLatency(result({ coreStartTime }), received)).toBe(500_000n);
    },
  );

  test("a core start up to a day away is accepted", () => {
    const day = 86_400n * second;
    expect(resultLatency(result({ coreStartTime: received - day }), received)).toBe(day);
    expect(resultLatency(result({ coreStartTime: received - day - 1n }), received)).toBe(500_000n);
  });
});
