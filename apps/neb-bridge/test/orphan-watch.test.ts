// @module-tag slow
import { type AssignedJob, ClientConnection, WorkerConnection } from "@mod-gearman/client";
import { startGearmand, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import type { Message } from "../src/link/fields.ts";
import { checkEvent, type LiveBridge, liveBridge, resultOf } from "./live-bridge.ts";

const LONG = 25_000;
const SLOW = { timeout: 60_000 };
const OPTIONS = " orphan_no_worker_after=1 orphan_return=3 prometheus_server=127.0.0.1:0 logmode=core";

const hostCheck = (seq: bigint): Message<"HOST_CHECK"> => {
  const { service_description: _, ...rest } = checkEvent(seq);
  return { ...rest, name: "HOST_CHECK", queue: Buffer.from("host") };
};

/** A worker that takes jobs and leaves their answer to the test. */
function workerOn(port: number, queue: string, maxInFlight: number): AssignedJob[] {
  const jobs: AssignedJob[] = [];
  const functions = [Buffer.from(queue)];
  const server = { host: "127.0.0.1", port };
  const worker = new WorkerConnection({ server, functions, maxInFlight, onJob: (job) => jobs.push(job) });
  onTestFinished(() => worker.close());
  return jobs;
}

async function sendResult(port: number, data: Buffer): Promise<void> {
  const client = new ClientConnection({ servers: [{ host: "127.0.0.1", port }] });
  onTestFinished(() => client.close());
  await client.submitBackground({ function: Buffer.from("check_results"), data });
}

async function metricsOf({ metricsPort }: LiveBridge): Promise<string[]> {
  return (await (await fetch(`http://127.0.0.1:${await metricsPort()}/metrics`)).text()).split("\n");
}

test(
  "checks that wait without a worker get the orphan result; a late one is dropped and counted",
  SLOW,
  async (context) => {
    const { port } = await startGearmand(context);
    const live = await liveBridge(port, `${OPTIONS} orphan_host_checks=no`);
    const { bridge, shim } = live;
    const check = checkEvent(1n);
    workerOn(port, "busy", 0);
    shim.send(check, hostCheck(2n), { ...checkEvent(3n), queue: Buffer.from("busy") });
    await waitFor("the orphan result", () => shim.all("RESULT").length > 0, LONG);
    const result = shim.last("RESULT");
    expect(result).toMatchObject({ return_code: 3, service_description: Buffer.from("svc-1") });
    expect(result?.output.toString()).toBe(
      "(service check orphaned, is the mod-gearman worker on queue 'service' running?)\n",
    );
    shim.send({ name: "RESULT_DONE", seq: 1n });
    expect(bridge.describe()).toContain("checks under way: 2,"); // orphan_host_checks=no; the other has a worker
    const lines = shim.all("LOG").map(({ text }) => text.toString());
    expect(lines.filter((line) => line.startsWith("queue 'service' on "))).toHaveLength(1);
    await sendResult(port, resultOf("svc-1", check.core_time));
    await waitFor("the late result taken", () => bridge.describe().includes("second results dropped: 1,"));
    expect(shim.all("RESULT")).toHaveLength(1);
    expect(await metricsOf(live)).toContain("modgearmanbridge_checks_orphaned_total 1");
    expect(await metricsOf(live)).toContain("modgearmanbridge_results_second_total 1");
  },
);

test(
  "the next check joins the job that still waits: one run, whose result is applied",
  SLOW,
  async (context) => {
    const { port } = await startGearmand(context);
    const { bridge, shim } = await liveBridge(port, OPTIONS);
    const check = checkEvent(1n);
    shim.send(check);
    await waitFor("the orphan result", () => shim.all("RESULT").length > 0, LONG);
    shim.send({ ...check, seq: 2n, core_time: check.core_time + 300_000_000n });
    await waitFor("the next check accepted", () => shim.last("EVENT_DONE")?.seq === 2n);
    const jobs = workerOn(port, "service", 10);
    await waitFor("its job", () => jobs.length > 0);
    await sendResult(port, resultOf("svc-1", check.core_time));
    await waitFor("its result", () => shim.all("RESULT").length === 2);
    expect(bridge.describe()).toContain("checks under way: 0,");
    expect(bridge.describe()).toContain("second results dropped: 0,");
    expect(jobs).toHaveLength(1);
  },
);

test(
  "without unique keys the jobs are withdrawn: a worker that comes runs the next one only",
  SLOW,
  async (context) => {
    const { port } = await startGearmand(context);
    const { shim } = await liveBridge(port, `${OPTIONS} use_uniq_jobs=no`);
    const check = checkEvent(1n);
    shim.send(check);
    await waitFor("the orphan result", () => shim.all("RESULT").length > 0, LONG);
    shim.send({ ...check, seq: 2n, queue: Buffer.from("service"), command_line: Buffer.from("second") });
    await waitFor("the next check accepted", () => shim.last("EVENT_DONE")?.seq === 2n);
    const first = workerOn(port, "service", 10);
    await waitFor("its job", () => first.length > 0);
    const after = new ClientConnection({ servers: [{ host: "127.0.0.1", port }] });
    onTestFinished(() => after.close());
    await after.submitBackground({ function: Buffer.from("service"), data: Buffer.from("marker") });
    await waitFor("the job behind it", () => first.some(({ data }) => data.toString() === "marker"));
    expect(first).toHaveLength(2);
  },
);
