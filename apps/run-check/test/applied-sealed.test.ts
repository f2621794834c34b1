import {
  BridgeKeys,
  EnvelopeOpener,
  EnvelopeSealer,
  issueIdentity,
  OwnKeys,
  printIdentityFile,
  printMasterFile,
} from "@mod-gearman/crypto";
import { parseCheckResult, parseJob, printWorkerResult } from "@mod-gearman/payload";
import { createJobServer } from "@mod-gearman/server";
import { JobPeer } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { callWith } from "./run-stage.ts";

const QUEUE = Buffer.from("service");
const RESULTS = Buffer.from("check_results");
const master = { secret: Buffer.alloc(32, 4), epochs: [1] };
const issued = (kind: "worker" | "sender", name: string) =>
  issueIdentity(master, { kind, name, queues: kind === "worker" ? [QUEUE] : [] });
const nowMs = (): number => 1_700_000_000_000;

/** What a worker with the keys of the queue makes of a job. */
function sealedWorker(): (workload: Buffer) => { to: string; result: Buffer } {
  const keys = new OwnKeys(issued("worker", "w1"));
  const opener = new EnvelopeOpener({ direction: "job", keys, maxTextBytes: 10_000 });
  const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 7), nowMs });
  return (workload) => {
    const opened = opener.open(workload, QUEUE);
    if (!("text" in opened)) throw new Error(opened.refused);
    const { hostName = Buffer.alloc(0), serviceDescription, resultQueue, jobId } = parseJob(opened.text);
    const to = Buffer.from(resultQueue ?? "");
    const text = printWorkerResult({
      ...{ type: "active", hostName, serviceDescription, returnCode: 1, source: Buffer.from("worker w1") },
      ...{ startTime: 1_700_000_000_000_000n, finishTime: 1_700_000_001_000_000n },
      ...{ output: Buffer.from("first\\nsecond"), jobId: Buffer.from(jobId ?? "") },
    });
    return { to: to.toString("latin1"), result: sealer.seal(keys.own, to, text) };
  };
}

test("--apply of a sealed job: the core's queue gets a passive result, sealed by the sender of the identity", async (context) => {
  const server = createJobServer({ listen: "127.0.0.1", port: 0 });
  context.onTestFinished(() => server.close());
  const { port } = await server.listen();
  const [worker, core] = [await JobPeer.connect(port), await JobPeer.connect(port)];
  context.onTestFinished(async () => {
    await worker.close();
    await core.close();
  });
  const answer = sealedWorker();
  worker.take(["service"], (workload) => {
    const { to, result } = answer(workload);
    void worker.submit(to, result, "r");
  });
  const opener = new EnvelopeOpener({
    ...{ direction: "passive", keys: new BridgeKeys(master), maxTextBytes: 10_000 },
  });
  const applied: unknown[] = [];
  core.take(["check_results"], (workload) => {
    const opened = opener.open(workload, RESULTS);
    applied.push("text" in opened ? parseCheckResult(opened.text) : opened.refused);
  });
  await expect.poll(() => server.stats().functions).toBe(2);
  const contents = {
    master: printMasterFile(master),
    sender: printIdentityFile(issued("sender", "operator")),
  };
  const keys = ["--envelope_master_file=master", "--sender_identity_file=sender"];
  const argv = ["-H", `127.0.0.1:${port}`, "web1", "disk", "-c", "x", "--apply", ...keys];
  expect(await callWith({ contents }, ...argv)).toEqual({
    ...{ exitCode: 1, stdout: "first\nsecond\n", stderr: "" },
  });
  await expect.poll(() => applied).toHaveLength(1);
  expect(applied[0]).toMatchObject({
    ...{ type: "passive", returnCode: 1, jobId: undefined },
    ...{ hostName: Buffer.from("web1"), serviceDescription: Buffer.from("disk") },
    ...{ output: Buffer.from("first\nsecond"), source: Buffer.from("worker w1") },
    finishTime: 1_700_000_001_000_000n,
  });
});
