import { createDecipheriv } from "node:crypto";
import { JobPeer, loadVectors, waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { type JobServerKind, startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { jobsInQueues } from "../src/queue-status.ts";
import { startBareWorker } from "../src/workers.ts";

/** A job as submitted by the broker module 5.2.4 in Naemon 1.5.2. */
interface NebJob {
  readonly run: "r1" | "r2";
  readonly kind: string;
  readonly queue: string;
  readonly unique: string;
  readonly payload: string;
  /** Base64 of the bytes inside. */
  readonly plaintext: string;
}

const KINDS = ["host", "service", "eventhandler", "notification"];
const jobs = loadVectors<{ cases: NebJob[] }>("neb-jobs").cases.filter(({ kind }) => KINDS.includes(kind));
const jobServers: readonly JobServerKind[] = ["the real gearmand", "our job server"];
/** Encrypted with the shipped key, and base64 only with a separate result queue (vectors/README.md). */
const runs = [
  { run: "r1", key: "should_be_changed", resultQueue: "check_results" },
  { run: "r2", key: undefined, resultQueue: "results_site1" },
] as const;
const matrix = jobServers.flatMap((jobServer) => runs.map((run) => ({ jobServer, ...run })));

/** Groups have their own queues; a worker has no option for a queue named by a custom variable. */
const queueOf = ({ kind, queue }: NebJob): string => (/^(host|service)group_/.test(queue) ? queue : kind);

const textOf = ({ plaintext }: NebJob): string => Buffer.from(plaintext, "base64").toString("latin1");

const lineOf = (text: string, key: string): string | undefined =>
  new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1];

function open(workload: Buffer, key: string | undefined): string {
  const bytes = Buffer.from(workload.toString("latin1"), "base64");
  if (key === undefined) return bytes.toString("latin1");
  const padded = Buffer.alloc(32);
  padded.write(key, "latin1");
  const decipher = createDecipheriv("aes-256-ecb", padded, null).setAutoPadding(false);
  return Buffer.concat([decipher.update(bytes), decipher.final()])
    .toString("latin1")
    .replace(/\0+$/, "");
}

/** The Go worker's result text for a missing plugin (worker.md 4.6, 4.7). */
function expectedResult(job: NebJob): RegExp {
  const text = textOf(job);
  const service = lineOf(text, "service_description");
  const literal = (plain: string): string => plain.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const lines = [
    "type=active",
    `host_name=${literal(lineOf(text, "host_name") ?? "")}`,
    ...(service === undefined ? [] : [`service_description=${literal(service)}`]),
    `core_start_time=${literal(lineOf(text, "core_time") ?? "")}`,
    "start_time=\\d+\\.\\d{6}",
    "finish_time=\\d+\\.\\d{6}",
    "return_code=3",
    "exited_ok=1",
    "source=Mod-Gearman Worker @ e2e-worker",
    "output=UNKNOWN: Return code of 12[67] is out of bounds\\..*",
  ];
  return new RegExp(`^${lines.join("\\n")}\\n\\n\\n$`);
}

describe.for(matrix)("jobs of the C module, run $run, $jobServer", ({ jobServer, run, key, resultQueue }) => {
  test("are taken, run and answered in the Go worker's format", async (context) => {
    needs(context, { jobServer });
    const captured = jobs.filter((job) => job.run === run);
    const checks = captured.filter((job) => lineOf(textOf(job), "result_queue") !== undefined);
    expect(checks.length).toBeGreaterThan(15);
    const server = await startJobServer(jobServer);
    onTestFinished(() => server.stop());
    const peer = await JobPeer.connect(server.port);
    onTestFinished(() => peer.close());
    const results: string[] = [];
    peer.take([resultQueue], (workload) => results.push(open(workload, key)));
    const switches = ["--hosts=yes", "--eventhandler=yes", "--notifications=yes"];
    const groups = ["--hostgroups=remote-site", "--servicegroups=special"];
    const crypto = key === undefined ? [] : ["--encryption=yes", `--key=${key}`];
    const worker = startBareWorker(`127.0.0.1:${server.port}`, [...switches, ...groups, ...crypto]);
    onTestFinished(async () => {
      await worker.stop();
    });

    for (const job of captured) await peer.submit(queueOf(job), Buffer.from(job.payload), job.unique);
    await waitFor("a result of every check", () => results.length >= checks.length, 60_000);
    await waitFor("empty queues", async () =>
      [...(await jobsInQueues(server.port)).values()].every((n) => n === 0),
    );
    const unexplained = [...results];
    for (const job of checks) {
      const at = unexplained.findIndex((text) => expectedResult(job).test(text));
      expect(at, `${textOf(job)}\n--- not answered among ---\n${unexplained.join("")}`).not.toBe(-1);
      unexplained.splice(at, 1);
    }
    expect(unexplained).toEqual([]);
  });
});
