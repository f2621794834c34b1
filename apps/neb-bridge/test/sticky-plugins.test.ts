// @module-tag slow
import { type AssignedJob, ClientConnection, WorkerConnection } from "@mod-gearman/client";
import { createEnvelope } from "@mod-gearman/crypto";
import { parseJob } from "@mod-gearman/payload";
import { startGearmand, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { checkEvent, liveBridge, resultOf } from "./live-bridge.ts";

const LONG = 20_000;
const envelope = createEnvelope({ mode: "on", password: Buffer.from("bridge-test-key-bridge-test-key!") });

test("a service of sticky_plugins goes back to the worker of its last result; job and queue name agree; others do not", {
  timeout: 60_000,
}, async (context) => {
  const { port } = await startGearmand(context);
  const server = { host: "127.0.0.1", port };
  const jobs: AssignedJob[] = [];
  const functions = [Buffer.from("sticky_w1")];
  const worker = new WorkerConnection({ server, functions, maxInFlight: 10, onJob: (job) => jobs.push(job) });
  onTestFinished(() => worker.close());
  const client = new ClientConnection({ servers: [server] });
  onTestFinished(() => client.close());
  const { shim } = await liveBridge(port, " sticky_plugins=check_log,check_other");
  let seq = 0n;
  const send = (command: string): void => {
    seq += 1n;
    const event = { ...checkEvent(1n), seq, command_line: Buffer.from(command) };
    shim.send(event, {
      ...event,
      seq: seq + 1n,
      service_description: Buffer.from("plain"),
      command_line: Buffer.from("/x/check_ping"),
    });
    seq += 1n;
  };
  const answer = async (): Promise<void> => {
    const before = shim.all("RESULT").length;
    for (const name of ["svc-1", "plain"])
      await client.submitBackground({ function: Buffer.from("check_results"), data: resultOf(name) });
    await waitFor("both results", () => shim.all("RESULT").length === before + 2);
    shim.send({ name: "RESULT_DONE", seq: BigInt(before + 2) });
  };
  // The worker's queue becomes known with the first status, seconds after the start.
  await waitFor(
    "a job for that worker",
    async () => {
      send("/usr/lib/plugins/check_log -f /var/log/x");
      await waitFor("accepted", () => shim.last("EVENT_DONE")?.seq === seq);
      if (jobs.length > 0) return true;
      await answer();
      return false;
    },
    LONG,
  );
  const [job] = jobs;
  const text = parseJob(envelope.open(job?.data ?? Buffer.alloc(0)));
  expect([text.serviceDescription?.toString(), text.targetQueue?.toString()]).toEqual(["svc-1", "sticky_w1"]);
  job?.complete();
  await answer();
  send("/usr/lib/plugins/check_log -f /var/log/x");
  await waitFor("the next one", () => jobs.length === 2);
  expect(jobs.map(({ function: name }) => name.toString())).toEqual(["sticky_w1", "sticky_w1"]);
});
