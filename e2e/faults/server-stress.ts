// Strains our job server in several ways, each in turn, while another client measures how long it waits for an echo:
// node --conditions=source e2e/faults/server-stress.ts [--seconds 30] [--idle 10000] [--storm 5000] [--functions 100000] [--seed N] [-- OPTION...]
// Damaged headers, arguments and text lines; idle workers that a job wakes all at once; a reader that does not read; a
// workload of 64 MiB; workers that connect at the same time; one connection with very many functions; a time of day that is set (needs libfaketime).
// The client of the waits
// shares its process and the machine with the peers that strain the server, so its waits are upper bounds. Needs `pnpm build`.
// Exit code 1: the server ended, reported a defect of its own, or did not serve.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { Bystander } from "../src/bystander.ts";
import { type FakedClock, fakedClock } from "../src/faked-clock.ts";
import { PACKET, request } from "../src/gearman-wire.ts";
import { startJobServer } from "../src/job-servers.ts";
import { noise } from "../src/noise.ts";
import { StressPeer } from "../src/stress-peer.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true, // options of the server, as `--compat=1.1`
  options: {
    seconds: { type: "string", default: "30" },
    idle: { type: "string", default: "10000" },
    storm: { type: "string", default: "5000" },
    functions: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
  },
});
const AT_ONCE = 500; // connects under way
const FUZZERS = 20;
const MIB = 1_048_576;

async function connectAll(port: number, count: number): Promise<StressPeer[]> {
  const peers: StressPeer[] = [];
  while (peers.length < count) {
    const some = Math.min(AT_ONCE, count - peers.length);
    peers.push(...(await Promise.all(Array.from({ length: some }, () => StressPeer.connect(port)))));
  }
  return peers;
}

function leaveAll(peers: readonly StressPeer[]): void {
  for (const peer of peers) peer.leave();
}

/** One part. @returns what to print besides the waits */
type Part = (port: number) => Promise<string>;

async function expectAnswer(peer: StressPeer, type: number, what: string): Promise<void> {
  const answer = await peer.next();
  if (answer !== type) throw new Error(`${what}: packet ${answer}`);
}

async function fuzz(port: number): Promise<string> {
  const random = noise(Number(values.seed));
  const until = performance.now() + Number(values.seconds) * 1000;
  let connections = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      const peer = await StressPeer.connect(port);
      connections += 1;
      for (let n = random.below(20); n >= 0 && !peer.isClosed; n--) {
        peer.send(random.message());
        await sleep(random.below(3));
      }
      peer.leave();
    }
  };
  await Promise.all(Array.from({ length: FUZZERS }, one));
  return `${connections} connections, seed ${values.seed}`;
}

async function idle(port: number): Promise<string> {
  const workers = await connectAll(port, Number(values.idle));
  for (const worker of workers) worker.send(request(PACKET.CAN_DO, "idle"), request(PACKET.PRE_SLEEP));
  for (const worker of workers) worker.send(request(PACKET.ECHO_REQ, "x"));
  for (const worker of workers) await worker.next();
  const client = await StressPeer.connect(port);
  const askedAt = performance.now();
  client.send(request(PACKET.SUBMIT_JOB, "idle\0u\0w"));
  for (const worker of workers)
    if ((await worker.next()) !== PACKET.NOOP) throw new Error("an idle worker was not woken");
  const wokenMs = performance.now() - askedAt;
  leaveAll([...workers, client]);
  return `${workers.length} workers, all woken after ${wokenMs.toFixed(0)} ms`;
}

/** Ends when the server has closed the connection. */
async function slowReader(port: number): Promise<string> {
  const { socket } = await StressPeer.connect(port);
  socket.pause();
  const echoes = Buffer.concat(
    new Array<Buffer>(1000).fill(request(PACKET.ECHO_REQ, Buffer.alloc(1000, "x"))),
  );
  const isClosed = new Promise<void>((resolve) => {
    socket.once("error", () => resolve()).once("close", () => resolve());
  });
  const write = (): void => {
    while (socket.writable && socket.write(echoes));
  };
  socket.on("drain", write);
  write();
  await isClosed;
  socket.destroy();
  return `cut off after ${Math.round(socket.bytesWritten / MIB)} MiB`;
}

async function largeJob(port: number): Promise<string> {
  const [client, worker] = [await StressPeer.connect(port), await StressPeer.connect(port)];
  const startedAt = performance.now();
  client.send(
    request(PACKET.SUBMIT_JOB, Buffer.concat([Buffer.from("large\0u\0"), Buffer.alloc(64 * MIB, "x")])),
  );
  if ((await client.next()) !== PACKET.JOB_CREATED) throw new Error("a job of 64 MiB was refused");
  worker.send(request(PACKET.CAN_DO, "large"), request(PACKET.GRAB_JOB));
  await worker.next();
  const ms = performance.now() - startedAt;
  leaveAll([client, worker]);
  return `64 MiB there and back in ${ms.toFixed(0)} ms`;
}

/** Workers that all come back at the same time. */
async function storm(port: number): Promise<string> {
  const count = Number(values.storm);
  const startedAt = performance.now();
  const workers = await Promise.all(
    Array.from({ length: count }, async () => {
      const worker = await StressPeer.connect(port);
      worker.send(request(PACKET.CAN_DO, "storm"), request(PACKET.GRAB_JOB), request(PACKET.PRE_SLEEP));
      if ((await worker.next()) !== PACKET.NO_JOB) throw new Error("a worker was not served");
      return worker;
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  leaveAll(workers);
  return `${count} workers served after ${seconds.toFixed(2)} s`;
}

async function manyFunctions(port: number): Promise<string> {
  const worker = await StressPeer.connect(port);
  const count = Number(values.functions);
  const startedAt = performance.now();
  for (let n = 0; n < count; n += 1000)
    worker.send(...Array.from({ length: 1000 }, (_, at) => request(PACKET.CAN_DO, `function ${n + at}`)));
  worker.send(request(PACKET.GRAB_JOB));
  if ((await worker.next()) !== PACKET.NO_JOB) throw new Error("the worker was not served");
  const ms = performance.now() - startedAt;
  worker.leave();
  return `${count} functions registered in ${ms.toFixed(0)} ms`;
}

const HOUR_SECONDS = 3600;

/** A day forward and back; jobs for later follow the time of day, time limits of jobs do not. */
async function clockJumps(port: number, clock: FakedClock): Promise<string> {
  const [worker, other] = [await StressPeer.connect(port), await StressPeer.connect(port)];
  const inAnHour = Math.floor(Date.now() / 1000) + HOUR_SECONDS;
  worker.send(request(PACKET.CAN_DO, "later"), request(PACKET.SUBMIT_JOB_EPOCH, `later\0u\0${inAnHour}\0w`));
  await expectAnswer(worker, PACKET.JOB_CREATED, "a job for later");
  worker.send(request(PACKET.GRAB_JOB));
  await expectAnswer(worker, PACKET.NO_JOB, "a grab before its time");
  clock.jump(24 * HOUR_SECONDS);
  worker.send(request(PACKET.GRAB_JOB));
  await expectAnswer(worker, PACKET.JOB_ASSIGN, "a grab after a jump forward");
  clock.jump(-24 * HOUR_SECONDS);
  other.send(request(PACKET.CAN_DO, "limited"), request(PACKET.PRE_SLEEP));
  worker.send(request(PACKET.CAN_DO_TIMEOUT, "limited\x001000"), request(PACKET.SUBMIT_JOB, "limited\0u\0w"));
  await expectAnswer(worker, PACKET.JOB_CREATED, "a job with a time limit");
  await expectAnswer(other, PACKET.NOOP, "a new job");
  worker.send(request(PACKET.GRAB_JOB));
  await expectAnswer(worker, PACKET.JOB_ASSIGN, "a grab after a jump back");
  const assignedAt = performance.now();
  other.send(request(PACKET.PRE_SLEEP));
  clock.jump(-48 * HOUR_SECONDS);
  await expectAnswer(other, PACKET.NOOP, "a job whose time limit has ended");
  const ms = performance.now() - assignedAt;
  leaveAll([worker, other]);
  return `a day forward, two days back; a time limit of 1,000 ms ended after ${ms.toFixed(0)} ms`;
}

const PARTS: Readonly<Record<string, Part>> = {
  "damaged packets and lines": fuzz,
  "idle workers": idle,
  "slow reader": slowReader,
  "large job": largeJob,
  storm,
  "many functions": manyFunctions,
};

/** Does the parts one after the other with one server. */
async function strain(
  parts: Readonly<Record<string, Part>>,
  env: Record<string, string> = {},
): Promise<void> {
  const server = await startJobServer("our job server", positionals, env);
  try {
    for (const [name, part] of Object.entries(parts)) {
      const bystander = await Bystander.start(server.port);
      const text = await part(server.port);
      await sleep(200); // what it left behind is removed in the meantime
      const { worstMs, answers } = await bystander.end();
      const waits = `others waited ${worstMs.toFixed(0)} ms at most (${answers} echoes)`;
      process.stdout.write(`${name}: ${text}; ${waits}\n`);
    }
    const output = server.running.output();
    if (/internal error/.test(output)) throw new Error(output.slice(output.indexOf("internal error")));
    if ((await server.end()) !== 0) throw new Error("the server did not end normally");
  } finally {
    await server.stop();
  }
}

await strain(PARTS);
const clock = fakedClock(); // slows the server down: it is asked for the time of every call
try {
  await strain({ "clock jumps": (port) => clockJumps(port, clock) }, clock.env);
} finally {
  clock.close();
}
process.stdout.write("no defect\n");
