// Our client and worker connections against npm abraxas 2.1.10 behind the same interfaces, all on gearmand 1.1.20:
// submits one at a time, submits pipelined, submits without promises (ours only), foreground round trips with a
// worker of the same kind, CPU time of this process per job. Jobs of 500 bytes. With --base against the connections of an
// earlier checkout: submits into a sink, as gearmand searches its queue for the key of each job; round trips on our server.
//
//   pnpm bench client [--base DIR [--repetitions 40]]
import { parseArgs } from "node:util";

import { AbraxasClient, AbraxasWorker } from "@mod-gearman/abraxas";
import {
  ClientConnection,
  type ClientError,
  type JobClient,
  type JobWorker,
  WorkerConnection,
} from "@mod-gearman/client";

import { baseCheckout } from "./src/checkouts.ts";
import { measureClientBeside } from "./src/client-beside.ts";
import { type BenchServer, startJobServer } from "./src/job-servers.ts";
import { limitTime } from "./src/own-processes.ts";
import { printPairedRatios, printRatio, printTable } from "./src/report.ts";
import { alternate, median, type Sample } from "./src/samples.ts";

const SERVER = "gearmand 1.1.20";
const BASELINE = "abraxas 2.1.10";
const ONE_AT_A_TIME = 5000;
const PIPELINED = { ours: 100_000, abraxas: 10_000 } as const; // abraxas would take minutes for as many
const BULK = 300_000;
const ROUND_TRIPS = 3000;
const LANES = 100; // where abraxas is fastest (job-server.md 8)
const ROUND_TRIP_LANES = 20;
const WINDOW = 4096;

type Implementation = keyof typeof PIPELINED;

const functions = { background: Buffer.from("background"), foreground: Buffer.from("foreground") } as const;
const data = Buffer.alloc(500, "x");

/** Rate and CPU time of `count` times `once`, `lanes` at a time. */
async function measure(
  name: string,
  count: number,
  lanes: number,
  once: () => Promise<unknown>,
): Promise<Sample> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await once();
  };
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  return sample(name, count, startedAt, process.cpuUsage(cpu));
}

function sample(name: string, count: number, startedAt: number, cpu: NodeJS.CpuUsage): Sample {
  const seconds = (performance.now() - startedAt) / 1000;
  return { [`${name}/s`]: count / seconds, [`${name}, CPU µs`]: (cpu.user + cpu.system) / count };
}

/** As fast as the connection accepts them, as in list mode of send_gearman. */
async function bulk(client: ClientConnection, count: number): Promise<Sample> {
  const done = Promise.withResolvers<void>();
  let made = 0;
  let left = count;
  const settled = (error: ClientError | undefined): void => {
    if (error !== undefined) done.reject(error);
    left -= 1;
    if (left === 0) done.resolve();
  };
  const more = (): void => {
    while (made < count && client.queueRoom > 0) {
      made += 1;
      client.enqueueBackground({ function: functions.background, data }, settled);
    }
  };
  client.on("drain", more);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  more();
  await done.promise;
  client.off("drain", more);
  return sample("bulk", count, startedAt, process.cpuUsage(cpu));
}

function parties(kind: Implementation, { port }: BenchServer): { client: JobClient; worker: JobWorker } {
  const server = { host: "127.0.0.1", port };
  const work = {
    server,
    functions: [functions.foreground],
    maxInFlight: ROUND_TRIP_LANES,
    onJob: (job: { data: Buffer; complete(data: Buffer): void }) => job.complete(job.data),
  };
  return kind === "ours"
    ? {
        client: new ClientConnection({ servers: [server], window: WINDOW }),
        worker: new WorkerConnection(work),
      }
    : { client: new AbraxasClient({ server }), worker: new AbraxasWorker(work) };
}

async function side(kind: Implementation): Promise<Sample> {
  const server = await startJobServer(SERVER);
  const { client, worker } = parties(kind, server);
  const submit = () => client.submitBackground({ function: functions.background, data });
  const roundTrip = () => client.submitForeground({ function: functions.foreground, data });
  await client.waitConnected();
  await measure("warm up", ONE_AT_A_TIME, LANES, submit);
  await measure("warm up", ROUND_TRIPS, ROUND_TRIP_LANES, roundTrip);
  const result = {
    ...(await measure("one at a time", ONE_AT_A_TIME, 1, submit)),
    ...(await measure("pipelined", PIPELINED[kind], LANES, submit)),
    ...(client instanceof ClientConnection ? await bulk(client, BULK) : {}),
    ...(await measure("round trip", ROUND_TRIPS, 1, roundTrip)),
    ...(await measure("20 round trips", ROUND_TRIPS, ROUND_TRIP_LANES, roundTrip)),
  };
  await worker.close();
  await client.close();
  await server.stop();
  return result;
}

async function besideAbraxas(): Promise<void> {
  const samples = await alternate({ ours: () => side("ours"), [BASELINE]: () => side("abraxas") });
  const { ours, [BASELINE]: theirs } = samples;
  printTable("client and worker connections, jobs of 500 bytes, on gearmand 1.1.20", samples);
  printPairedRatios(ours, theirs, BASELINE);
  printRatio("bulk/s to its pipelined/s", median(ours, "bulk/s"), median(theirs, "pipelined/s"), BASELINE);
}

const { values: given } = parseArgs({
  options: { base: { type: "string" }, repetitions: { type: "string", default: "40" } },
});
limitTime(600);
if (given.base === undefined) await besideAbraxas();
else await measureClientBeside(baseCheckout(given.base), Number(given.repetitions));
