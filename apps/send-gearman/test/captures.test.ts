// @module-tag slow
import {
  type CapturedJob,
  capturedText,
  closedAddress,
  type Ended,
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
import { captures, fullArgument, inputOf, writeFiles } from "./captures.ts";
import { type Difference, differences, splitOutput } from "./expected.ts";

/** The original leaves it to libgearman, whose UUIDs were not captured. */
const libgearmanUnique: unknown = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

const VERSION = /^send_gearman: version \S+ running on (?:node v|bun )\d\S*\n\n$/;
const USAGE = /^usage: send_gearman /i;

function expectOutput(capture: SenderCapture, difference: Difference | undefined, ended: Ended): void {
  const { stdout, stderr } = splitOutput(capture);
  const expected = difference?.stdout ?? stdout;
  if (expected.startsWith("send_gearman: version")) expect(ended.stdout).toMatch(VERSION);
  else if (expected === "<usage text>") expect(ended.stdout).toMatch(USAGE);
  else expect(ended.stdout).toBe(expected);
  if (difference?.stderr !== undefined) expect(ended.stderr).toMatch(difference.stderr);
  else for (const text of stderr) expect(ended.stderr.toLowerCase()).toContain(text.toLowerCase());
}

/** Compares a text; times that were not given are checked against `window`, then replaced by the captured ones. */
function expectText(text: string, captured: CapturedJob, window: readonly [number, number]): void {
  const model = capturedText(captured);
  for (const [at, micros] of timesOf(text).entries()) {
    if (micros === timesOf(model)[at]) continue; // a given time
    expect(Number(micros) / 1000).toBeGreaterThanOrEqual(window[0]);
    expect(Number(micros) / 1000).toBeLessThanOrEqual(window[1]);
  }
  const comparable = withTimesOf(text, model);
  if (captured.text !== undefined) expect(comparable).toBe(captured.text);
  else {
    expect(comparable).toHaveLength(captured.plaintextLength ?? -1);
    expect(sha256(comparable)).toBe(captured.plaintextSha256);
  }
}

function expectJobs(
  jobs: readonly TakenJob[],
  captured: readonly CapturedJob[],
  capture: SenderCapture,
  { change = (text: string) => text, texts }: Partial<Difference>,
  window: readonly [number, number],
): void {
  if (texts !== undefined) {
    const found = jobs.map((job, at) => withTimesOf(jobText(job, capture.key), texts[at] ?? ""));
    expect(found).toEqual(texts);
    return;
  }
  expect(jobs.map(({ packet, queue, unique }) => ({ packet, queue, unique }))).toEqual(
    captured.map(({ packet, queue }) => ({ packet, queue, unique: libgearmanUnique })),
  );
  for (const [at, job] of jobs.entries()) {
    const one = captured[at] as CapturedJob;
    const changed = one.text === undefined ? one : { ...one, text: change(one.text) };
    expectText(jobText(job, capture.key), changed, window);
  }
}

describe("runs of the original, repeated with the built program", () => {
  test.for(captures.cases.map((one) => [one.id, one.args.join(" ").slice(0, 100), one] as const))(
    "%s %s",
    async ([, , capture], context) => {
      const [main, dup, silent] = [
        await takingServer(context),
        await takingServer(context),
        await takingServer(context, {}),
      ];
      const servers = {
        server: main.address,
        dup: dup.address,
        silent: silent.address,
        closed: await closedAddress(),
      };
      const cwd = tmpFolder(context);
      writeFiles(cwd, servers);
      const args = capture.args.map((one) => withServers(fullArgument(one), servers));
      const difference = differences[capture.id];
      const before = Date.now();
      // these captures wait for input that does not arrive
      if (capture.stillReading === true) {
        const { child, ended } = sender.start(context, args, { cwd, stdin: "open" });
        child.stdin?.write(inputOf(capture));
        await main.server.connection().then((connection) => connection.next("SUBMIT_JOB_BG"));
        child.stdin?.end();
        expect((await ended).code).toBe(0);
      } else {
        const stdin = capture.stdout.startsWith("got no input") ? "open" : inputOf(capture);
        const ended = await sender.run(context, args, { cwd, stdin });
        expectOutput(capture, difference, ended);
        expect(ended.code).toBe(difference?.exitCode ?? capture.exitCode);
      }
      const window = [before, Date.now()] as const;
      expectJobs(main.jobs(), capture.jobs ?? [], capture, difference ?? {}, window);
      expectJobs(dup.jobs(), capture.dupserverJobs ?? [], capture, {}, window);
    },
  );

  test("every difference belongs to a capture", () => {
    const ids = new Set(captures.cases.map(({ id }) => id));
    expect(Object.keys(differences).filter((id) => !ids.has(id))).toEqual([]);
  });
});
