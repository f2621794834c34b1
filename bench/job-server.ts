// Our job server against gearmand 1.1.20, both as processes: submits one at a time, submits pipelined, memory with
// all those jobs queued, and one worker connection that takes them with 16 grabs under way. Jobs of 500 bytes.
// With --functions: one connection with 100,000 functions, and how long others wait meanwhile.
// With --before FILE: against an earlier build of ours, whose main.js FILE is.
import { parseArgs } from "node:util";
import { encodePacket, PacketType } from "@mod-gearman/protocol";

import { type JobServerKind, startJobServer } from "./src/job-servers.ts";
import { FUNCTIONS, measureFunctions } from "./src/many-functions.ts";
import { limitTime } from "./src/own-processes.ts";
import { cpuSeconds, residentMib } from "./src/process-usage.ts";
import { printRatio, printTable } from "./src/report.ts";
import { alternate, median, type Sample } from "./src/samples.ts";
import { Wire } from "./src/wire.ts";

const QUEUED = 100_000;
const ONE_AT_A_TIME = 30_000;
const WARM_UP = 50_000;
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

/** Takes `count` queued jobs. @returns per second */
async function drained(wire: Wire, count: number): Promise<number> {
  const done = Promise.withResolvers<void>();
  let taken = 0;
  wire.onPacket = (type, body) => {
    if (type !== PacketType.JOB_ASSIGN) return undefined; // NO_JOB, for the last grabs
    taken += 1;
    if (taken === count) done.resolve();
    const handle = Buffer.from(body.subarray(0, body.indexOf(0)));
    const complete = encodePacket("REQ", { name: "WORK_COMPLETE", handle, data: Buffer.alloc(0) });
    return Buffer.concat([complete, grab]);
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

async function measure(kind: JobServerKind, main?: string): Promise<Sample> {
  const server = await startJobServer(kind, main);
  const client = await Wire.connect(server.port);
  const take = async (count: number): Promise<number> => {
    const worker = await Wire.connect(server.port);
    const rate = await drained(worker, count);
    worker.close();
    return rate;
  };
  await pipelined(client, WARM_UP);
  await take(WARM_UP);
  const single = await oneAtATime(client, ONE_AT_A_TIME);
  await take(ONE_AT_A_TIME);
  const before = cpuSeconds(server.pid).own;
  const submits = await pipelined(client, QUEUED);
  const between = cpuSeconds(server.pid).own;
  const rss = residentMib(server.pid);
  const grabs = await take(QUEUED);
  const after = cpuSeconds(server.pid).own;
  client.close();
  await server.stop();
  return {
    ...single,
    "pipelined/s": submits,
    "CPU µs per submit": ((between - before) / QUEUED) * MICROSECONDS,
    "RSS, MiB": rss,
    "grabs/s": grabs,
    "CPU µs per grab": ((after - between) / QUEUED) * MICROSECONDS,
  };
}

const {
  values: { functions: hasManyFunctions, before, repetitions },
} = parseArgs({
  options: {
    functions: { type: "boolean", default: false },
    before: { type: "string" },
    repetitions: { type: "string", default: "3" },
  },
});
limitTime(hasManyFunctions ? 600 : 180);
const measureKind = hasManyFunctions ? measureFunctions : measure;
const baseline = before === undefined ? "gearmand 1.1.20" : "earlier build";
const samples = await alternate(
  {
    "our job server": () => measureKind("our job server"),
    [baseline]: () => measureKind(baseline, before),
  },
  Number(repetitions),
);
const [ours = [], theirs = []] = Object.values(samples);
const title = hasManyFunctions
  ? `${FUNCTIONS} functions of one connection`
  : `${QUEUED} queued jobs of 500 bytes`;
printTable(`job server: ${title}`, samples);
for (const column of Object.keys(ours[0] ?? {}))
  printRatio(column, median(ours, column), median(theirs, column), baseline);
