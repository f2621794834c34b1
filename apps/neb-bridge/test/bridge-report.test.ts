// @module-tag slow
import { ClientConnection } from "@mod-gearman/client";
import { startGearmand, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { checkEvent, liveBridge, resultOf } from "./live-bridge.ts";

function clientOf(port: number): ClientConnection {
  const client = new ClientConnection({ servers: [{ host: "127.0.0.1", port }] });
  onTestFinished(() => client.close());
  return client;
}

test("3.4: the status request on the result queue is answered by the exact text, unencrypted", async (context) => {
  const { port } = await startGearmand(context);
  await liveBridge(port, " log_stats_interval=0 result_workers=2 result_queue=here");
  const { data } = await clientOf(port).submitForeground({
    function: Buffer.from("here"),
    data: Buffer.from("check"),
  });
  expect(data.toString()).toBe(
    "0:OK - result worker running on monhost. Sending 0.0 jobs/s (avg duration:0.000ms). Version: 1.2.3" +
      "|worker=2;;;0;2 avg_submit_duration=0.000000s;;;0;0.000000 jobs=0c errors=0c",
  );
});

test("metrics: a check and its result, and the server's state", async (context) => {
  const gearmand = await startGearmand(context);
  const { port } = gearmand;
  const { shim, metricsPort } = await liveBridge(port, " prometheus_server=127.0.0.1:0");
  const url = `http://127.0.0.1:${await metricsPort()}/metrics`;
  const scrape = async (): Promise<string[]> => (await (await fetch(url)).text()).split("\n");
  shim.send(checkEvent(1n), checkEvent(2n));
  await waitFor("both accepted", () => shim.last("EVENT_DONE")?.seq === 2n);
  const before = await scrape();
  for (const line of [
    "modgearmanbridge_core_attached 1",
    `modgearmanbridge_job_server_connected{server="127.0.0.1:${port}"} 1`,
    "modgearmanbridge_checks_in_flight 2",
    'modgearmanbridge_jobs_submitted_total{type="service_check"} 2',
    'modgearmanbridge_queue_jobs_total{queue="service",outcome="submitted"} 2',
    "modgearmanbridge_submit_seconds_count 2",
    "modgearmanbridge_core_apply_seconds_count 0",
  ])
    expect(before).toContain(line);
  await clientOf(port).submitBackground({ function: Buffer.from("check_results"), data: resultOf("svc-1") });
  await waitFor("the result", () => shim.last("RESULT") !== undefined);
  expect(await scrape()).toContain("modgearmanbridge_results_held 1");
  shim.send({ name: "RESULT_DONE", seq: 1n });
  await waitFor("the result applied", async () =>
    (await scrape()).includes("modgearmanbridge_results_held 0"),
  );
  for (const records of [3n, 4n]) shim.send({ name: "RECORDS_DROPPED", records });
  const dropped = "modgearmanbridge_records_dropped_total 7";
  await waitFor("the records that the module dropped", async () => (await scrape()).includes(dropped));
  const after = await scrape();
  for (const line of [
    "modgearmanbridge_checks_in_flight 1",
    'modgearmanbridge_results_total{type="active"} 1',
    "modgearmanbridge_results_applied_total 1",
    "modgearmanbridge_core_apply_seconds_count 1",
  ])
    expect(after).toContain(line);
  const age = after.find((line) => line.startsWith("modgearmanbridge_check_oldest_seconds "))?.split(" ")[1];
  expect(Number(age)).toBeGreaterThan(0);
  await gearmand.kill();
  const away = `modgearmanbridge_job_server_connected{server="127.0.0.1:${port}"} 0`;
  await waitFor("the server away", async () => (await scrape()).includes(away));
});

test("debug=1 logs each job with queue, unique and handle, and each result with latency", async (context) => {
  const { port } = await startGearmand(context);
  const { shim } = await liveBridge(port, " debug=1 logmode=core");
  expect([shim.last("SETTINGS")?.explain_queues, shim.last("SETTINGS")?.debug]).toEqual([0, 1]);
  const lines = (): string[] => shim.all("LOG").map(({ text }) => text.toString());
  shim.send(checkEvent(1n));
  await waitFor("accepted", () => shim.last("EVENT_DONE")?.seq === 1n);
  const job =
    /^received job for queue service: web01 - svc-1, check_options: 0 {3}latency so far: \d\.\d{3}s/;
  const brackets = /\[unique [0-9A-F]{32}, handle H:\S+:\d+\]$/;
  expect(lines().filter((line) => job.test(line) && brackets.test(line))).toHaveLength(1);
  await clientOf(port).submitBackground({ function: Buffer.from("check_results"), data: resultOf("svc-1") });
  const result = /^service job completed: web01 svc-1: exit 1, latency: \d\.\d{3}, exec_time: -?\d\.\d{3} \[/;
  await waitFor("its line", () => lines().some((line) => result.test(line)));
});

test("debug=2 requests from the module why a queue was chosen, and logs it", async (context) => {
  const { port } = await startGearmand(context);
  const { shim } = await liveBridge(port, " debug=2 logmode=core");
  expect(shim.last("SETTINGS")?.explain_queues).toBe(1);
  shim.send({ ...checkEvent(1n), queue_rule: 7 });
  await waitFor("accepted", () => shim.last("EVENT_DONE")?.seq === 1n);
  const lines = shim.all("LOG").map(({ text }) => text.toString());
  expect(lines).toContain(
    "neither a custom variable nor a group names a queue: the generic one [web01 - svc-1]",
  );
});
