import { encodePacket, PacketType } from "@mod-gearman/protocol";

import type { Checkout } from "./checkouts.ts";
import { type JobServerKind, startJobServer } from "./job-servers.ts";
import { residentMib } from "./process-usage.ts";
import type { Sample } from "./samples.ts";
import { Wire } from "./wire.ts";

/** Jobs that wait. */
export const DEEP = 300_000;
const PER_WRITE = 1000;
const MORE = 20_000;
const GRABS = 16;
const queue = Buffer.from("service");
const data = Buffer.alloc(500, "x");
const grab = encodePacket("REQ", { name: "GRAB_JOB" });

/** Submits jobs `from` to `to`, each with a key of its own, as our clients and libgearman do. */
async function submit(wire: Wire, from: number, to: number): Promise<void> {
  const done = Promise.withResolvers<void>();
  let left = to - from;
  wire.onPacket = (type) => {
    if (type !== PacketType.JOB_CREATED) done.reject(new Error(`a submit was answered with packet ${type}`));
    left -= 1;
    if (left === 0) done.resolve();
    return undefined;
  };
  for (let at = from; at < to; at += PER_WRITE) {
    const jobs = Array.from({ length: PER_WRITE }, (_, n) =>
      encodePacket("REQ", {
        name: "SUBMIT_JOB_BG",
        function: queue,
        unique: Buffer.from(`key-${at + n}`),
        data,
      }),
    );
    await wire.writeAll(Buffer.concat(jobs), 1);
  }
  await done.promise;
}

async function take(port: number, count: number): Promise<void> {
  const wire = await Wire.connect(port);
  const done = Promise.withResolvers<void>();
  let taken = 0;
  wire.onPacket = (type, body) => {
    if (type !== PacketType.JOB_ASSIGN) return undefined;
    taken += 1;
    if (taken === count) done.resolve();
    const handle = Buffer.from(body.subarray(0, body.indexOf(0)));
    return Buffer.concat([
      encodePacket("REQ", { name: "WORK_COMPLETE", handle, data: Buffer.alloc(0) }),
      grab,
    ]);
  };
  const start = [
    encodePacket("REQ", { name: "CAN_DO", function: queue }),
    ...new Array<Buffer>(GRABS).fill(grab),
  ];
  wire.write(Buffer.concat(start));
  await done.promise;
  wire.close();
}

async function perSecond(count: number, act: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return count / ((performance.now() - startedAt) / 1000);
}

/** A server with 300,000 waiting jobs: its memory, and how fast 20,000 more are queued and 20,000 are taken. */
export async function measureDeepQueue(kind: JobServerKind, from?: Checkout): Promise<Sample> {
  const server = await startJobServer(kind, from);
  const client = await Wire.connect(server.port);
  await submit(client, 0, DEEP);
  const rss = residentMib(server.pid);
  const submits = await perSecond(MORE, () => submit(client, DEEP, DEEP + MORE));
  const grabs = await perSecond(MORE, () => take(server.port, MORE));
  client.close();
  await server.stop();
  return { "RSS, MiB": rss, "submits/s": submits, "grabs/s": grabs };
}
