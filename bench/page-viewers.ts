// What viewers of the page cost the job server: CPU of its process per second without viewers, with one and with ten.
import { get } from "node:http";

import { encodeFrame } from "@mod-gearman/protocol";

import { freePort } from "../e2e/src/processes.ts";
import { here } from "./src/checkouts.ts";
import { startJobServer } from "./src/job-servers.ts";
import { limitTime } from "./src/own-processes.ts";
import { fineCpuSeconds } from "./src/process-usage.ts";
import { printTable, say } from "./src/report.ts";
import { Wire } from "./src/wire.ts";

const [CAN_DO, GRAB_JOB, SUBMIT_JOB_BG, SET_CLIENT_ID] = [1, 9, 18, 22];
const WORKERS = 40;
const QUEUES = 50;
const WAITING = 2000;
const SECONDS = 20;
const VIEWERS = [0, 1, 10];

limitTime(600);
const port = await freePort();
const server = await startJobServer("our job server", here, [`--admin-listen=${port}`]);
const connections = await busyServer(server.port);
const sides = VIEWERS.map(
  (count) => [`${count} viewers`, []] as [string, { percent: number; kilobytes: number }[]],
);
for (let round = 0; round < 3; round++)
  for (const [at, count] of VIEWERS.entries()) sides[at]?.[1].push(await measure(count));
printTable("CPU of the job server, percent of one core", Object.fromEntries(sides));
say(`\n${QUEUES} queues, ${WORKERS} workers, each with a job, ${WAITING} jobs waiting; ${SECONDS} s each`);
for (const one of connections) one.close();
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
    for (let at = 0; at < QUEUES; at += 5) worker.write(request(CAN_DO, `queue${(at + n) % QUEUES}`));
    worker.write(request(GRAB_JOB, ""));
    return worker;
  });
  return [client, ...(await Promise.all(workers))];
}

async function measure(count: number): Promise<{ percent: number; kilobytes: number }> {
  let bytes = 0;
  const viewers = Array.from({ length: count }, () =>
    get({ port, host: "127.0.0.1", path: "/api/events", agent: false }, (events) =>
      events.on("data", (part: Buffer) => {
        bytes += part.length;
      }),
    ),
  );
  await seconds(3); // the first events, and what is compiled at them
  const [before, bytesBefore] = [fineCpuSeconds(server.pid), bytes];
  await seconds(SECONDS);
  const percent = ((fineCpuSeconds(server.pid) - before) / SECONDS) * 100;
  for (const viewer of viewers) viewer.destroy();
  return { percent, kilobytes: (bytes - bytesBefore) / 1000 / SECONDS };
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}
