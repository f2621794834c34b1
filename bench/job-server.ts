// Our job server against gearmand 1.1.20 or an earlier checkout, both as processes that run at the same time and work in
// turn: submits one at a time, submits pipelined, and one worker connection that takes jobs with 16 grabs under way;
// then memory with 100,000 jobs in servers started for it. Jobs of 500 bytes.
// With --deep: 300,000 waiting jobs with a key each: memory, submits and grabs.
// With --tls FILE: both with TLS, the other one is the gearmand of that file.
// With --functions: one connection with 100,000 functions, and how long others wait meanwhile.
//
//   pnpm bench job-server [--base DIR] [--repetitions 40] [--functions | --deep | --tls FILE]
import { parseArgs } from "node:util";
import { encodePacket, PacketType } from "@mod-gearman/protocol";

import { baseCheckout, type Checkout } from "./src/checkouts.ts";
import { DEEP, measureDeepQueue } from "./src/deep-queue.ts";
import { type BenchServer, type JobServerKind, startJobServer } from "./src/job-servers.ts";
import { FUNCTIONS, measureFunctions } from "./src/many-functions.ts";
import { limitTime } from "./src/own-processes.ts";
import { fineCpuSeconds, residentMib } from "./src/process-usage.ts";
import { printPairedRatios, printTable } from "./src/report.ts";
import { alternate, type Sample } from "./src/samples.ts";
import { startTlsServers } from "./src/tls-servers.ts";
import { Wire } from "./src/wire.ts";

const QUEUED = 100_000;
const PIPELINED = 20_000;
const ONE_AT_A_TIME = 2000;
const WARM_UPS = 4; // 80,000 jobs
const MEMORY_REPETITIONS = 5;
const DEEP_REPETITIONS = 2;
const MEMORY_WARM_UP = 50_000;
const PER_WRITE = 100;
const GRABS = 16;
const MICROSECONDS = 1_000_000;

const queue = Buffer.from("service");
const submit = encodePacket("REQ", {
  name: "SUBMIT_JOB_BG",
  function: queue,
  unique: Buffer.alloc(0),
  data: Buffer.alloc(500, "x"),
});
const hundredSubmits = Buffer.concat(new Array<Buffer>(PER_WRITE).fill(submit));
const grab = encodePacket("REQ", { name: "GRAB_JOB" });
/** Header, and the zero behind a handle that is not there. */
const complete = encodePacket("REQ", {
  name: "WORK_COMPLETE",
  handle: Buffer.alloc(0),
  data: Buffer.alloc(0),
});
const SIZE_AT = 8; // in the header

/** Sends `count` submits without waiting; resolves when all are answered. @returns per second */
async function pipelined(wire: Wire, count: number): Promise<number> {
  const done = Promise.withResolvers<void>();
  let left = count;
  wire.onPacket = (type) => {
    if (type !== PacketType.JOB_CREATED) done.reject(new Error(`a submit was answered with packet ${type}`));
    left -= 1;
    if (left === 0) done.resolve();
    return undefined;
  };
  const startedAt = performance.now();
  await Promise.all([wire.writeAll(hundredSubmits, count / PER_WRITE), done.promise]);
  return perSecond(count, startedAt);
}

/** Each submit waits for the answer to the one before. */
async function oneAtATime(wire: Wire, count: number): Promise<Sample> {
  const done = Promise.withResolvers<void>();
  const micros: number[] = [];
  const startedAt = performance.now();
  let sentAt = startedAt;
  wire.onPacket = () => {
    const now = performance.now();
    micros.push((now - sentAt) * 1000);
    sentAt = now;
    if (micros.length < count) return submit;
    done.resolve();
    return undefined;
  };
  wire.write(submit);
  await done.promise;
  const sorted = micros.toSorted((a, b) => a - b);
  return {
    "one at a time/s": perSecond(count, startedAt),
    "p99 µs": sorted[Math.floor(count * 0.99)] ?? Number.NaN,
  };
}

/** @returns a WORK_COMPLETE without data, and the next grab; by hand, as the client of a fast server must be faster than it */
function completed(handle: Buffer): Buffer {
  const packets = Buffer.allocUnsafe(complete.length + handle.length + grab.length);
  complete.copy(packets);
  packets.writeUInt32BE(handle.length + 1, SIZE_AT);
  handle.copy(packets, complete.length - 1);
  packets[complete.length - 1 + handle.length] = 0;
  grab.copy(packets, complete.length + handle.length);
  return packets;
}

/** Takes `count` queued jobs. @returns per second */
async function drained(wire: Wire, count: number): Promise<number> {
  const done = Promise.withResolvers<void>();
  let taken = 0;
  wire.onPacket = (type, body) => {
    if (type !== PacketType.JOB_ASSIGN) return undefined; // NO_JOB, for the last grabs
    taken += 1;
    if (taken === count) done.resolve();
    return completed(body.subarray(0, body.indexOf(0)));
  };
  const startedAt = performance.now();
  wire.write(
    Buffer.concat([encodePacket("REQ", { name: "CAN_DO", function: queue }), ...Array(GRABS).fill(grab)]),
  );
  await done.promise;
  return perSecond(count, startedAt);
}

function perSecond(count: number, startedAt: number): number {
  return count / ((performance.now() - startedAt) / 1000);
}

function wireTo(server: BenchServer): Promise<Wire> {
  return server.connect?.() ?? Wire.connect(server.port);
}

async function take(server: BenchServer, count: number): Promise<number> {
  const worker = await wireTo(server);
  const rate = await drained(worker, count);
  worker.close();
  return rate;
}

/** One round: few enough jobs that a busy spell of the machine is longer than the rounds of both sides. */
async function round(server: BenchServer, client: Wire): Promise<Sample> {
  /** CPU time of the server per job, µs. */
  const cpuOf = async (name: string, count: number, act: () => Promise<Sample>): Promise<Sample> => {
    const before = fineCpuSeconds(server.pid);
    const sample = await act();
    return { ...sample, [name]: ((fineCpuSeconds(server.pid) - before) / count) * MICROSECONDS };
  };
  const single = await cpuOf("CPU µs one at a time", ONE_AT_A_TIME, () => oneAtATime(client, ONE_AT_A_TIME));
  await take(server, ONE_AT_A_TIME);
  const submits = await cpuOf("CPU µs per submit", PIPELINED, async () => ({
    "pipelined/s": await pipelined(client, PIPELINED),
  }));
  const grabs = await cpuOf("CPU µs per grab", PIPELINED, async () => ({
    "grabs/s": await take(server, PIPELINED),
  }));
  return { ...single, ...submits, ...grabs };
}

async function memory(kind: JobServerKind, from: Checkout | undefined): Promise<Sample> {
  const server = await startJobServer(kind, from);
  const client = await Wire.connect(server.port);
  await pipelined(client, MEMORY_WARM_UP);
  await take(server, MEMORY_WARM_UP);
  await pipelined(client, QUEUED);
  const rss = residentMib(server.pid);
  client.close();
  await server.stop();
  return { "RSS, MiB": rss };
}

function report(title: string, samples: Readonly<Record<string, Sample[]>>): void {
  const [ours = [], theirs = []] = Object.values(samples);
  printTable(`job server: ${title}`, samples);
  printPairedRatios(ours, theirs, baseline);
}

const { values: given } = parseArgs({
  options: {
    deep: { type: "boolean", default: false },
    functions: { type: "boolean", default: false },
    base: { type: "string" },
    tls: { type: "string" },
    repetitions: { type: "string", default: "40" },
  },
});
limitTime(900);
const from = given.base === undefined ? undefined : baseCheckout(given.base);
const kind = from === undefined ? "gearmand 1.1.20" : "our job server";
const baseline = given.tls === undefined ? (from?.name ?? kind) : "gearmand with TLS";
const both = <T>(measure: (kind: JobServerKind, from?: Checkout) => T) => ({
  "our job server": () => measure("our job server"),
  [baseline]: () => measure(kind, from),
});
if (given.functions) {
  report(`${FUNCTIONS} functions of one connection`, await alternate(both(measureFunctions)));
} else if (given.deep) {
  report(`${DEEP} waiting jobs of 500 bytes`, await alternate(both(measureDeepQueue), DEEP_REPETITIONS));
} else {
  const servers =
    given.tls === undefined
      ? ([await startJobServer("our job server"), await startJobServer(kind, from)] as const)
      : await startTlsServers(given.tls);
  const [ours, theirs] = servers;
  const clients = [await wireTo(ours), await wireTo(theirs)] as const;
  const samples = await alternate(
    { "our job server": () => round(ours, clients[0]), [baseline]: () => round(theirs, clients[1]) },
    Number(given.repetitions),
    WARM_UPS,
  );
  for (const client of clients) client.close();
  for (const server of servers) await server.stop();
  report("jobs of 500 bytes", samples);
  if (given.tls === undefined)
    report(`${QUEUED} queued jobs of 500 bytes`, await alternate(both(memory), MEMORY_REPETITIONS));
}
