// What viewers of the page cost the program that serves it: CPU of its process per second without viewers, with one and with ten, for the
// job server and for the bridge, which asks it. With many queues each of them is in use.
//
//   pnpm bench page-viewers [--queues 50] [--seconds 20]
import { get } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { encodeFrame } from "@mod-gearman/protocol";

import { freePort } from "../e2e/src/processes.ts";
import { here } from "./src/checkouts.ts";
import { startJobServer } from "./src/job-servers.ts";
import { limitTime, scratchFolder, startProgram } from "./src/own-processes.ts";
import { fineCpuSeconds } from "./src/process-usage.ts";
import { printTable, say } from "./src/report.ts";
import { BenchShim } from "./src/shim.ts";
import { Wire } from "./src/wire.ts";

const { values: given } = parseArgs({
  options: { queues: { type: "string", default: "50" }, seconds: { type: "string", default: "20" } },
});
const [CAN_DO, GRAB_JOB, SUBMIT_JOB_BG, SET_CLIENT_ID] = [1, 9, 18, 22];
const WORKERS = 40;
const QUEUES = Number(given.queues);
const WAITING = Math.max(2000, QUEUES);
const SECONDS = Number(given.seconds);
const VIEWERS = [0, 1, 10];

interface Served {
  readonly pid: number;
  readonly page: number;
}

limitTime(1200);
const serverPage = await freePort();
const server = await startJobServer("our job server", here, [`--admin-listen=${serverPage}`]);
const connections = await busyServer(server.port);
const { bridge, page } = await startBridge(server.port);
const programs: Record<string, Served> = {
  "job server": { pid: server.pid, page: serverPage },
  bridge: { pid: bridge.pid, page },
};
for (const [name, served] of Object.entries(programs)) {
  const sides = VIEWERS.map(
    (count) => [`${count} viewers`, []] as [string, { percent: number; kilobytes: number }[]],
  );
  for (let round = 0; round < 3; round++)
    for (const [at, count] of VIEWERS.entries()) sides[at]?.[1].push(await measure(served, count));
  printTable(`CPU of the ${name}, percent of one core`, Object.fromEntries(sides));
}
say(`\n${QUEUES} queues, ${WORKERS} workers, each with a job, ${WAITING} jobs waiting; ${SECONDS} s each`);
for (const one of connections) one.close();
await bridge.stop();
await server.stop();

/** A server whose workers run one job each; the rest waits. */
async function busyServer(jobPort: number): Promise<Wire[]> {
  const request = (type: number, text: string) =>
    encodeFrame({ magic: "REQ", type, body: Buffer.from(text) });
  const client = await Wire.connect(jobPort);
  for (let n = 0; n < WAITING; n++)
    client.write(request(SUBMIT_JOB_BG, `queue${n % QUEUES}\0host${n}-service\0payload`));
  const workers = Array.from({ length: WORKERS }, async (_, n) => {
    const worker = await Wire.connect(jobPort);
    worker.write(request(SET_CLIENT_ID, `worker${n}@mod_gearman_worker/1.0.0`));
    for (let at = 0; at < 50; at += 5) worker.write(request(CAN_DO, `queue${(at + n) % QUEUES}`));
    worker.write(request(GRAB_JOB, ""));
    return worker;
  });
  return [client, ...(await Promise.all(workers))];
}

/** A bridge with a stand-in for its core, which has no checks. */
async function startBridge(jobPort: number) {
  const port = await freePort();
  const socketPath = join(scratchFolder(), "bridge.sock");
  const started = startProgram(process.execPath, [here.bridge, `--bridge-socket=${socketPath}`]);
  const args = `server=127.0.0.1:${jobPort} encryption=no admin_listen=${port}`;
  await BenchShim.connect(socketPath, args);
  return { bridge: started, page: port };
}

async function measure(
  { pid, page: port }: Served,
  count: number,
): Promise<{ percent: number; kilobytes: number }> {
  let bytes = 0;
  const viewers = Array.from({ length: count }, () =>
    get({ port, host: "127.0.0.1", path: "/api/events", agent: false }, (events) =>
      events.on("data", (part: Buffer) => {
        bytes += part.length;
      }),
    ),
  );
  await seconds(3); // the first events, and what is compiled at them
  const [before, bytesBefore] = [fineCpuSeconds(pid), bytes];
  await seconds(SECONDS);
  const percent = ((fineCpuSeconds(pid) - before) / SECONDS) * 100;
  for (const viewer of viewers) viewer.destroy();
  return { percent, kilobytes: (bytes - bytesBefore) / 1000 / SECONDS };
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}
