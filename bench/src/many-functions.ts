import { once } from "node:events";
import { createConnection } from "node:net";
import { encodePacket, PacketType } from "@mod-gearman/protocol";
import type { Checkout } from "./checkouts.ts";
import { type JobServerKind, startJobServer } from "./job-servers.ts";
import { cpuSeconds, residentMib } from "./process-usage.ts";
import type { Sample } from "./samples.ts";
import { Wire } from "./wire.ts";

export const FUNCTIONS = 100_000;
const GRABS = 200;
const STATUS_REQUESTS = 60;
const ECHO_EVERY_MS = 10;
/** Long enough for the work caused by the requests for `status`. */
const FLOOD_MS = 5000;

const echo = encodePacket("REQ", { name: "ECHO_REQ", data: Buffer.from("x") });
const grab = encodePacket("REQ", { name: "GRAB_JOB" });
const encodeAll = (encode: (name: Buffer) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: FUNCTIONS }, (_, n) => encode(Buffer.from(`function_${n}`))));

/** Sends `bytes` and an echo; resolves when the echo is answered. */
async function answered(wire: Wire, bytes: Buffer): Promise<void> {
  const done = Promise.withResolvers<void>();
  wire.onPacket = (type) => {
    if (type === PacketType.ECHO_RES) done.resolve();
    return undefined;
  };
  await wire.writeAll(bytes, 1);
  wire.write(echo);
  await done.promise;
}

/** Sends an echo every 10 ms while `work` is running. @returns the longest wait for an answer, milliseconds */
async function longestEcho(port: number, work: () => Promise<void>): Promise<number> {
  const wire = await Wire.connect(port);
  let longestMs = 0;
  let isOver = false;
  const probe = async (): Promise<void> => {
    while (!isOver) {
      const sentAt = performance.now();
      await answered(wire, Buffer.alloc(0));
      longestMs = Math.max(longestMs, performance.now() - sentAt);
      await wait(ECHO_EVERY_MS);
    }
  };
  const probing = probe();
  await work();
  isOver = true;
  await probing;
  wire.close();
  return longestMs;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Milliseconds of CPU of the server for each of `count` grabs. */
async function grabs(worker: Wire, pid: number, count: number): Promise<number> {
  const before = cpuSeconds(pid).own;
  for (let n = 0; n < count; n++) await answered(worker, grab);
  return ((cpuSeconds(pid).own - before) / count) * 1000;
}

/** Requests `status` and does not read the answers. */
async function flood(port: number): Promise<void> {
  const socket = createConnection(port, "127.0.0.1").pause();
  await once(socket, "connect");
  socket.write("status\n".repeat(STATUS_REQUESTS));
  await wait(FLOOD_MS);
  socket.destroy();
}

/** A connection with 100,000 functions, its end, and a client that asks for `status` and does not read. */
export async function measureFunctions(kind: JobServerKind, from?: Checkout): Promise<Sample> {
  const server = await startJobServer(kind, from);
  const { port, pid } = server;
  const worker = await Wire.connect(port);
  const canDo = encodeAll((name) => encodePacket("REQ", { name: "CAN_DO", function: name }));
  let seconds = 0;
  const echoWhileRegistering = await longestEcho(port, async () => {
    const startedAt = performance.now();
    await answered(worker, canDo);
    seconds = (performance.now() - startedAt) / 1000;
  });
  const emptyGrab = await grabs(worker, pid, GRABS);
  const submits = encodeAll((name) =>
    encodePacket("REQ", {
      name: "SUBMIT_JOB_BG",
      function: name,
      unique: Buffer.alloc(0),
      data: Buffer.from("x"),
    }),
  );
  const client = await Wire.connect(port);
  await answered(client, submits);
  const fullGrab = await grabs(worker, pid, GRABS);
  const before = residentMib(pid);
  const echoWhileFlooded = await longestEcho(port, () => flood(port));
  const after = residentMib(pid);
  const echoWhileLeaving = await longestEcho(port, async () => {
    worker.close();
    await wait(FLOOD_MS);
  });
  client.close();
  await server.stop();
  return {
    "100,000 CAN_DO, s": seconds,
    "echo meanwhile, ms": echoWhileRegistering,
    "grab without a job, CPU ms": emptyGrab,
    "grab with jobs, CPU ms": fullGrab,
    "60 × status unread: echo, ms": echoWhileFlooded,
    "and MiB": after - before,
    "end of the connection: echo, ms": echoWhileLeaving,
  };
}
