// @module-tag slow
import { loadVectors, startGearmand } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { check } from "./check-process.ts";
import { type Reply, startScriptedWorker } from "./scripted-worker.ts";

interface Capture {
  readonly name: string;
  readonly args: readonly string[];
  readonly job: { readonly unique: string; readonly data: string } | null;
  /** Packet and its data in base64. */
  readonly workerReplies: readonly (readonly [Reply[0], string])[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const { cases } = loadVectors<{ cases: Capture[] }>("check_gearman-worker");

/** Where ours differs from the original: tools.md 3.4. */
const DECISIONS: Readonly<Record<string, { why: string; exitCode: number; stdout: string }>> = {
  "code-9": {
    why: "only 0 to 3 are states, everything else is a plain answer",
    exitCode: 0,
    stdout: "check_gearman OK - 9:x\n",
  },
  "code-letter": {
    why: "only 0 to 3 are states, everything else is a plain answer",
    exitCode: 0,
    stdout: "check_gearman OK - a:x\n",
  },
  "empty-result": {
    why: "an empty answer is printed as what it is",
    exitCode: 0,
    stdout: "check_gearman OK - \n",
  },
  "work-exception": {
    why: "the server turns an exception into a failure, which is reported at once instead of after the timeout",
    exitCode: 2,
    stdout: "check_gearman CRITICAL - job failed: GEARMAN_WORK_FAIL\n",
  },
  "empty-send-text": {
    why: "own words after the library's",
    exitCode: 2,
    stdout: "check_gearman CRITICAL - job failed: GEARMAN_INVALID_ARGUMENT the job has no text\n",
  },
};

describe.for(cases)("$name", (capture) => {
  const decision = DECISIONS[capture.name];
  test(decision?.why ?? "as the original", async (context) => {
    const gearmand = await startGearmand(context);
    const replies = capture.workerReplies.map(([name, data]): Reply => [name, Buffer.from(data, "base64")]);
    const worker = await startScriptedWorker(context, { port: gearmand.port, queue: "lab" }, () => replies);
    const args = capture.args.map((arg) => arg.replace("<server>", `127.0.0.1:${gearmand.port}`));
    const finished = await check(context, args);
    const { exitCode, stdout } = decision ?? capture;
    expect(finished).toEqual({ exitCode, stdout, stderr: capture.stderr });
    if (capture.job === null) return;
    const job = await worker.firstJob;
    expect({ unique: job.unique, data: job.data.toString() }).toEqual(capture.job);
  });
});

test("every decision belongs to a capture", () =>
  expect(Object.keys(DECISIONS).filter((name) => !cases.some((one) => one.name === name))).toEqual([]));
