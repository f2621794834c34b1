// The whole chain without a core: a stand-in for the shim sends service checks to the built bridge, the
// bridge submits them to a job server, a consumer in this process answers each without running anything, the
// bridge returns the results. Baseline: the same jobs submitted one at a time, each waiting for its
// JOB_CREATED, which is what the original module does on the core's main thread. `--gearmand` uses gearmand
// 1.1.20 instead of our server.
import { join } from "node:path";

import { ClientConnection } from "@mod-gearman/client";
import { printJob } from "@mod-gearman/payload";

import { programs } from "../e2e/src/paths.ts";
import { benchEnvelope, checkJob, KEY, queues, uniqueOf } from "./src/check-jobs.ts";
import { Consumer } from "./src/consumer.ts";
import { startJobServer } from "./src/job-servers.ts";
import { limitTime, scratchFolder, startProgram } from "./src/own-processes.ts";
import { cpuSeconds, residentMib } from "./src/process-usage.ts";
import { printRatio, printTable } from "./src/report.ts";
import { alternate, median, type Sample } from "./src/samples.ts";
import { BenchShim } from "./src/shim.ts";

const CHECKS = 20_000;
const WARM_UP = 5000;
const MICROSECONDS = 1_000_000;

limitTime(180);
const kind = process.argv.includes("--gearmand") ? "gearmand 1.1.20" : "our job server";
const folder = scratchFolder();
const socketPath = join(folder, "bridge.sock");

const server = await startJobServer(kind);
const bridge = startProgram(process.execPath, [programs.bridge, `--bridge-socket=${socketPath}`]);
const shim = await BenchShim.connect(
  socketPath,
  `server=127.0.0.1:${server.port} key=${KEY} encryption=yes services=yes hosts=yes log_stats_interval=0`,
);
const consumer = new Consumer(server.port);

/** Rate of `CHECKS` pieces of work and the CPU time of each in the bridge. */
async function timed(rate: string, act: () => Promise<void>): Promise<Sample> {
  const cpuBefore = cpuSeconds(bridge.pid).own;
  const startedAt = performance.now();
  await act();
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = cpuSeconds(bridge.pid).own - cpuBefore;
  return { [rate]: CHECKS / seconds, [`bridge CPU µs (${rate})`]: (cpu / CHECKS) * MICROSECONDS };
}

async function chain(): Promise<Sample> {
  const rssBefore = residentMib(bridge.pid);
  consumer.run(false);
  shim.prepare(CHECKS);
  const events = await timed("events/s", () => {
    shim.handOver();
    return shim.allAccepted();
  });
  const results = await timed("results/s", () => {
    consumer.run(true);
    return shim.allReturned();
  });
  shim.prepare(CHECKS);
  const both = await timed("checks/s", () => {
    shim.handOver();
    return shim.allReturned();
  });
  const rss = { "bridge RSS before, MiB": rssBefore, "after, MiB": residentMib(bridge.pid) };
  return { ...events, ...results, ...both, ...rss };
}

async function oneAtATime(): Promise<Sample> {
  const own = await startJobServer(kind);
  const client = new ClientConnection({ servers: [{ host: "127.0.0.1", port: own.port }], window: 1 });
  const envelope = benchEnvelope();
  const submit = async (from: number, count: number): Promise<void> => {
    for (let index = from; index < from + count; index++) {
      const job = checkJob(index);
      const data = envelope.seal(printJob(job));
      await client.submitBackground({
        function: queues.checks,
        unique: uniqueOf(job),
        data,
        priority: "low",
      });
    }
  };
  await submit(0, WARM_UP);
  const startedAt = performance.now();
  await submit(WARM_UP, CHECKS);
  const seconds = (performance.now() - startedAt) / 1000;
  await client.close();
  await own.stop();
  return { "events/s": CHECKS / seconds };
}

consumer.run(true);
shim.prepare(WARM_UP);
shim.handOver();
await shim.allReturned();
const baseline = "one submit at a time, waiting for each";
const samples = await alternate({ "the chain": chain, [baseline]: oneAtATime });
const [ours = [], theirs = []] = Object.values(samples);
printTable(`round trip: ${CHECKS} service checks per repetition, over ${kind}`, samples);
printRatio("events/s", median(ours, "events/s"), median(theirs, "events/s"), baseline);
printRatio("checks/s there and back", median(ours, "checks/s"), median(theirs, "events/s"), baseline);

shim.close();
await consumer.close();
await bridge.stop();
await server.stop();
