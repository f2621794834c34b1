// @module-tag slow
import {
  type CapturedJob,
  capturedText,
  closedAddress,
  jobText,
  type SenderCapture,
  sha256,
  type TakenJob,
  takingServer,
  timesOf,
  tmpFolder,
  withServers,
  withTimesOf,
} from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { sender } from "./built-program.ts";
import { captures, inputOf, writeFiles } from "./captures.ts";

/** The original leaves it to libgearman, whose UUIDs were not captured. */
const libgearmanUnique: unknown = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** A difference from the captured run and its reason. Absent members are as captured. */
interface Difference {
  readonly why: string;
  readonly exitCode?: number;
  readonly stdout?: string | RegExp;
  readonly stderr?: RegExp;
  /** Outputs of the jobs, in place of the captured ones. */
  readonly outputs?: readonly string[];
}

const OWN_NAME = "tools.md 6.2: its own name";
const T11 = "T11: diagnostics and usage after a mistake on standard error";
const ONE = "send_multi OK: 1 check_multi child check submitted\n";

const differences: Readonly<Record<string, Difference>> = {
  sm001: { why: T11, stdout: "", stderr: /^got no hostname, please use --host=\.\.\.\nUsage: check_multi / },
  sm002: { why: "help texts are no interface", stdout: /^Usage: check_multi / },
  sm004: { why: OWN_NAME, stdout: /^send_multi: version \S+ running on (?:node v|bun )\S+\n\n$/ },
  sm005: { why: OWN_NAME, stdout: /^send_multi: version \S+ running on (?:node v|bun )\S+\n\n$/ },
  sm026: {
    why: "T13: every entity decoded once, from left to right",
    outputs: [`a <b> & c 'q' p|d "dq" &lt; \\n`],
  },
  sm038: { why: T11, stdout: "", stderr: /^no encryption key provided, please use --key=\.\.\. / },
  sm040: { why: T11, stderr: /^sending job to gearmand failed: GEARMAN_COULD_NOT_CONNECT / },
  sm041: { why: T11, stderr: /^sending job to gearmand failed: GEARMAN_COULD_NOT_CONNECT / },
  sm042: { why: T11, stderr: /^sending job to gearmand failed: GEARMAN_COULD_NOT_CONNECT / },
  sm050: {
    why: "tools.md 6.2: no limit of 64 KiB",
    exitCode: 0,
    stdout: ONE,
    outputs: ["x".repeat(66_000)],
  },
};

/** T11: lines that C prints to standard output and we to standard error. */
function withoutDiagnostics(text: string): string {
  return text.replace(/^(add_job_to_queue\(\) retrying|sending job to gearmand failed:).*\n/gm, "");
}

const outputOf = (text: string): string => /^output=(.*)$/m.exec(text)?.[1] ?? "";

/** All children ended when the program started, and started `runtime` earlier. */
function expectTimes(text: string, model: string, window: readonly [number, number]): void {
  const [started = 0n, finished = 0n] = timesOf(text);
  const [modelStarted = 0n, modelFinished = 0n] = timesOf(model);
  expect(Number(finished) / 1000).toBeGreaterThanOrEqual(window[0]);
  expect(Number(finished) / 1000).toBeLessThanOrEqual(window[1]);
  const difference = Number(finished - started - (modelFinished - modelStarted));
  expect(Math.abs(difference)).toBeLessThanOrEqual(2); // C computes with floating point
}

function expectJobs(
  jobs: readonly TakenJob[],
  captured: readonly CapturedJob[],
  { key, id }: SenderCapture,
  window: readonly [number, number],
): void {
  const outputs = differences[id]?.outputs;
  if (outputs !== undefined) {
    expect(jobs.map((job) => outputOf(jobText(job, key)))).toEqual(outputs);
    return;
  }
  expect(jobs.map(({ packet, queue, unique }) => ({ packet, queue, unique }))).toEqual(
    captured.map(({ packet, queue }) => ({ packet, queue, unique: libgearmanUnique })),
  );
  for (const [at, job] of jobs.entries()) {
    const one = captured[at] as CapturedJob;
    const model = capturedText(one);
    const text = jobText(job, key);
    expectTimes(text, model, window);
    const comparable = withTimesOf(text, model);
    if (one.text === undefined) expect(sha256(comparable)).toBe(one.plaintextSha256);
    else expect(comparable).toBe(one.text);
  }
}

describe("runs of the original, repeated with the built program", () => {
  test.for(captures.cases.map((one) => [one.id, one.args.join(" "), one] as const))(
    "%s %s",
    async ([id, , capture], context) => {
      const [main, dup] = [await takingServer(context), await takingServer(context)];
      const servers = { server: main.address, dup: dup.address, closed: await closedAddress() };
      const cwd = tmpFolder(context);
      writeFiles(cwd);
      const args = capture.args.map((one) => withServers(one, servers));
      const difference = differences[id];
      const before = Date.now();
      const input = inputOf(capture);
      const staysOpen = capture.stdout.startsWith("Timeout after");
      const program = staysOpen ? sender.start(context, args, { cwd, stdin: "open" }) : undefined;
      program?.child.stdin?.write(input);
      const ended = await (program?.ended ?? sender.run(context, args, { cwd, stdin: input }));
      const stdout = difference?.stdout ?? withoutDiagnostics(capture.stdout);
      if (typeof stdout === "string") expect(ended.stdout).toBe(stdout);
      else expect(ended.stdout).toMatch(stdout);
      expect(ended.stderr).toMatch(difference?.stderr ?? "");
      expect(ended.code).toBe(difference?.exitCode ?? capture.exitCode);
      const window = [before, Date.now()] as const;
      expectJobs(main.jobs(), capture.jobs ?? [], capture, window);
      if (difference?.outputs === undefined)
        expectJobs(dup.jobs(), capture.dupserverJobs ?? [], capture, window);
    },
  );

  test("every difference belongs to a capture", () => {
    const ids = new Set(captures.cases.map(({ id }) => id));
    expect(Object.keys(differences).filter((id) => !ids.has(id))).toEqual([]);
  });
});
