// How long a check takes from the bridge's acknowledgement (EVENT_DONE: the job is on the job server) until its result is with
// the shim, which applies it in the same callback. Checks come at a steady rate; a consumer in this process answers each at
// once, without a plugin. Baseline: 4 ms, and the same on gearmand 1.1.20 with --gearmand.
//
//   pnpm bench latency [--rate 500] [--seconds 10] [--gearmand]
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { programs } from "../e2e/src/paths.ts";
import { checkJob, KEY } from "./src/check-jobs.ts";
import { Consumer } from "./src/consumer.ts";
import { startJobServer } from "./src/job-servers.ts";
import { limitTime, scratchFolder, startProgram } from "./src/own-processes.ts";
import { BenchShim } from "./src/shim.ts";

const { values: given } = parseArgs({
  options: {
    rate: { type: "string", default: "500" },
    seconds: { type: "string", default: "10" },
    gearmand: { type: "boolean", default: false },
  },
});
const RATE = Number(given.rate);
const CHECKS = RATE * Number(given.seconds);
const WARM_UP = 5000;
const TICK_MS = 1;

const nameOf = (host: Buffer, service: Buffer | undefined): string => `${host};${service}`;

const kind = given.gearmand ? "gearmand 1.1.20" : "our job server";
limitTime(600);
const server = await startJobServer(kind);
const socketPath = join(scratchFolder(), "bridge.sock");
const bridge = startProgram(process.execPath, [programs.bridge, `--bridge-socket=${socketPath}`]);
const shim = await BenchShim.connect(
  socketPath,
  `server=127.0.0.1:${server.port} key=${KEY} encryption=yes services=yes hosts=yes log_stats_interval=0`,
);
const consumer = new Consumer(server.port);
consumer.run(true);
shim.prepare(WARM_UP);
shim.handOver();
await shim.allReturned();

const accepted = new Map<string, number>();
const times: number[] = [];
shim.observer = {
  accepted: (index) => {
    const { hostName, serviceDescription } = checkJob(index);
    accepted.set(nameOf(hostName, serviceDescription), performance.now());
  },
  returned: ({ host_name, service_description }) => {
    const at = accepted.get(nameOf(host_name, service_description));
    times.push(at === undefined ? 0 : performance.now() - at); // 0: it was back before the acknowledgement
  },
};
const startedAt = performance.now();
for (let sent = 0; sent < CHECKS; await sleep(TICK_MS)) {
  const due = Math.min(CHECKS, Math.floor(((performance.now() - startedAt) / 1000) * RATE));
  shim.prepare(due - sent);
  shim.handOver();
  sent = due;
}
await shim.allReturned();
times.sort((a, b) => a - b);
const part = (share: number): string =>
  (times[Math.floor(share * (times.length - 1))] ?? Number.NaN).toFixed(2);
process.stdout.write(
  `${times.length} checks at ${RATE}/s over ${kind}, acknowledged to returned, ms: ` +
    `median ${part(0.5)}, 90 % ${part(0.9)}, 99 % ${part(0.99)}, longest ${part(1)}\n`,
);
shim.close();
await consumer.close();
await bridge.stop();
await server.stop();
