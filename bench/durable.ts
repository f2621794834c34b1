// Durable submits: our job server with its sqlite store against gearmand with its own, both on the same disk, each with a
// file of its own: `CONNECTIONS` clients that submit background jobs of 500 bytes, each job acknowledged after its commit.
// Submits are made without waiting, in windows, and one at a time on each connection; every job has a unique of its own.
//
//   pnpm bench durable [--repetitions 5] [--folder DIR on the disk to measure]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { encodePacket, PacketType } from "@mod-gearman/protocol";

import { type JobServerKind, startJobServer } from "./src/job-servers.ts";
import { limitTime } from "./src/own-processes.ts";
import { printPairedRatios, printTable } from "./src/report.ts";
import { alternate, type Sample } from "./src/samples.ts";
import { Wire } from "./src/wire.ts";

const CONNECTIONS = 4;
/** gearmand makes a thousand a second. */
const JOBS = { "our job server": 100_000, "gearmand 1.1.20": 4000 } as const;
const SINGLE = { "our job server": 2000, "gearmand 1.1.20": 2000 } as const;
const WINDOW = 1000;

const queue = Buffer.from("service");
const data = Buffer.alloc(500, "x");
let made = 0;

function submit(): Buffer {
  made += 1;
  return encodePacket("REQ", {
    name: "SUBMIT_JOB_BG",
    function: queue,
    unique: Buffer.from(`host-${made}-service`),
    data,
  });
}

/** `count` jobs over all connections, `window` of them without an answer on each. @returns acknowledged per second */
async function acknowledged(wires: readonly Wire[], count: number, window: number): Promise<number> {
  const done = Promise.withResolvers<void>();
  let toSend = count;
  let toCome = count;
  const next = (): Buffer | undefined => {
    toSend -= 1;
    return toSend < 0 ? undefined : submit();
  };
  for (const wire of wires)
    wire.onPacket = (type) => {
      if (type !== PacketType.JOB_CREATED)
        done.reject(new Error(`a submit was answered with packet ${type}`));
      toCome -= 1;
      if (toCome === 0) done.resolve();
      return next();
    };
  const startedAt = performance.now();
  for (const wire of wires)
    wire.write(Buffer.concat(Array.from({ length: window }, next).filter((one) => one !== undefined)));
  await done.promise;
  return count / ((performance.now() - startedAt) / 1000);
}

async function round(kind: JobServerKind, folder: string): Promise<Sample> {
  const own = mkdtempSync(join(folder, "bench-durable-"));
  const args = ["--queue-type=libsqlite3", `--libsqlite3-db=${join(own, "queue.db")}`];
  const server = await startJobServer(kind, undefined, args);
  const wires = await Promise.all(Array.from({ length: CONNECTIONS }, () => Wire.connect(server.port)));
  const pipelined = await acknowledged(wires, JOBS[kind], WINDOW);
  const single = await acknowledged(wires, SINGLE[kind], 1);
  const one = await acknowledged(wires.slice(0, 1), SINGLE[kind] / 4, 1);
  for (const wire of wires) wire.close();
  await server.stop();
  rmSync(own, { recursive: true });
  return {
    "pipelined, acknowledged/s": pipelined,
    [`one at a time on ${CONNECTIONS} connections/s`]: single,
    "one at a time/s": one,
  };
}

const { values: given } = parseArgs({
  options: {
    repetitions: { type: "string", default: "5" },
    folder: { type: "string", default: tmpdir() },
  },
});
limitTime(900);
const kinds = ["our job server", "gearmand 1.1.20"] as const;
const samples = await alternate(
  { [kinds[0]]: () => round(kinds[0], given.folder), [kinds[1]]: () => round(kinds[1], given.folder) },
  Number(given.repetitions),
  0,
);
printTable("durable submits, sqlite, jobs of 500 bytes", samples);
printPairedRatios(samples[kinds[0]] ?? [], samples[kinds[1]] ?? [], kinds[1]);
