// One side of `client.ts --base`: the client and worker connections of one checkout in a process of its own. Arguments:
// its client package, the port of a sink for submits, the port of a job server for round trips. Each message from the
// parent starts one round, whose sample is the answer.
import type { ClientError } from "@mod-gearman/client";

import type { Sample } from "./samples.ts";

const [, , client = "", sink, jobServer] = process.argv;
const { ClientConnection, WorkerConnection } = (await import(client)) as typeof import("@mod-gearman/client");

const LANES = 100;
const ROUND_TRIP_LANES = 20;
const counts = { single: 1000, pipelined: 10_000, bulk: 30_000, roundTrips: 2000 } as const;
const names = { background: Buffer.from("background"), foreground: Buffer.from("foreground") } as const;
const data = Buffer.alloc(500, "x");
const job = { function: names.background, data };
const withKey = { ...job, unique: Buffer.from("host-00001-service 1") };

const submits = new ClientConnection({ servers: [{ host: "127.0.0.1", port: Number(sink) }], window: 4096 });
const server = { host: "127.0.0.1", port: Number(jobServer) };
const trips = new ClientConnection({ servers: [server], window: 4096 });
new WorkerConnection({
  server,
  functions: [names.foreground],
  maxInFlight: ROUND_TRIP_LANES,
  onJob: (one) => one.complete(one.data),
});

async function timed(name: string, count: number, act: () => Promise<unknown>): Promise<Sample> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await act();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { [`${name}/s`]: count / seconds, [`${name}, CPU µs`]: (user + system) / count };
}

function lanes(count: number, width: number, once: () => Promise<unknown>): Promise<unknown> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await once();
  };
  return Promise.all(Array.from({ length: width }, lane));
}

/** As fast as the connection accepts them: what list mode of send_gearman does. */
function bulk(count: number, one: typeof job): Promise<void> {
  const done = Promise.withResolvers<void>();
  let made = 0;
  let left = count;
  const settled = (error: ClientError | undefined): void => {
    if (error !== undefined) done.reject(error);
    left -= 1;
    if (left > 0) return;
    submits.off("drain", more);
    done.resolve();
  };
  const more = (): void => {
    while (made < count && submits.queueRoom > 0) {
      made += 1;
      submits.enqueueBackground(one, settled);
    }
  };
  submits.on("drain", more);
  more();
  return done.promise;
}

process.on("message", async () => {
  const submit = () => submits.submitBackground(job);
  const roundTrip = () => trips.submitForeground({ function: names.foreground, data });
  process.send?.({
    ...(await timed("one at a time", counts.single, () => lanes(counts.single, 1, submit))),
    ...(await timed("pipelined", counts.pipelined, () => lanes(counts.pipelined, LANES, submit))),
    ...(await timed("bulk", counts.bulk, () => bulk(counts.bulk, job))),
    ...(await timed("bulk with key", counts.bulk, () => bulk(counts.bulk, withKey))),
    ...(await timed("20 round trips", counts.roundTrips, () =>
      lanes(counts.roundTrips, ROUND_TRIP_LANES, roundTrip),
    )),
  });
});
process.on("disconnect", () => process.exit(0));
