// @module-tag slow
import type { Duplex } from "node:stream";
import { memoryLogger } from "@mod-gearman/observe";
import { duplexPair, settle } from "@mod-gearman/testkit";
import { expect, type TestContext, test, vi } from "vitest";
import { WorkerRing } from "../src/core/worker-ring.ts";
import type { JobServer, JobServerOptions } from "../src/index.ts";
import { join, serverFor, tcp } from "./stages.ts";
import { message, readable, Wire } from "./wire.ts";

const MANY = 20_000;
/** Limit of steps or requests in one turn of the event loop for one client. */
const MOST_PER_TURN = 10_000;
const UNREAD_BYTES = 200_000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const numbers = Array.from({ length: MANY }, (_, n) => n);
const requests = (write: (n: number) => string): Buffer =>
  Buffer.concat(numbers.map((n) => message("REQ", write(n))));
const echo = message("REQ", "ECHO_REQ x");

/** A connection over TCP or in memory. */
async function connection(server: JobServer, way: "tcp" | "memory"): Promise<Wire> {
  if (way === "memory") return join(server);
  return await tcp((server.address() ?? (await server.listen())).port);
}

function server(context: TestContext, options: JobServerOptions = {}): JobServer {
  return serverFor(context, { listen: "127.0.0.1", port: 0, maxFunctions: 200_000, ...options });
}

/**
 * Sends echoes on its own connection until `isDone`; each must be answered within a few turns.
 *
 * @param work counts the work of the server for others; in no turn may it change by more than `mostPerTurn`
 */
async function othersAreServed(
  one: JobServer,
  work: () => number,
  isDone: () => boolean,
  mostPerTurn = MOST_PER_TURN,
): Promise<void> {
  const other = join(one);
  for (let before = work(); !isDone(); before = work()) {
    other.send(echo);
    for (let turns = 0; other.pending.length < 13; turns++) {
      expect(turns).toBeLessThan(10);
      const inTurn = work();
      await turn();
      expect(Math.abs(work() - inTurn)).toBeLessThanOrEqual(mostPerTurn);
    }
    await other.take(13);
    if (work() === before) await turn();
  }
}

test.for(["tcp", "memory"] as const)(
  "many-functions: 20,000 CAN_DO, and the end of their connection, delay no other connection, %s",
  async (way, context) => {
    const one = server(context);
    const worker = await connection(one, way);
    worker.send(requests((n) => `CAN_DO f${n}`));
    const functions = () => one.stats().functions;
    await othersAreServed(one, functions, () => functions() === MANY);
    const deletions = vi.spyOn(WorkerRing.prototype, "delete");
    context.onTestFinished(() => deletions.mockRestore());
    const deleted = () => deletions.mock.calls.length;
    worker.leave();
    await othersAreServed(one, deleted, () => deleted() === MANY);
    const admin = join(one);
    admin.send(Buffer.from("status\n"));
    const status = (await admin.takeThrough("\n.\n")).toString();
    expect(status).toBe(`${numbers.map((n) => `f${n}\t0\t0\t0\n`).join("")}.\n`);
  },
);

test("many-functions: jobs held by a worker and those awaited by a client are returned in slices", async (context) => {
  const one = server(context);
  const [client, worker] = [join(one), join(one)];
  client.send(requests((n) => `SUBMIT_JOB f u${n} w`));
  worker.send(message("REQ", "CAN_DO f"));
  await client.sync();
  worker.send(requests(() => "GRAB_JOB"));
  await worker.sync();
  const running = () => one.stats().running;
  expect(running()).toBe(MANY);
  worker.leave();
  await othersAreServed(one, running, () => running() === 0);
  client.leave();
  const admin = join(one);
  const ignored = async () => {
    admin.send(Buffer.from("show jobs\n"));
    return (await admin.takeThrough("\n.\n")).toString().split("\t1\t1\t0\n").length - 1;
  };
  while ((await ignored()) < MANY);
  const last = join(one);
  last.send(message("REQ", "CAN_DO f"));
  last.send(message("REQ", "GRAB_JOB"));
  const jobs = () => one.stats().jobs;
  await othersAreServed(one, jobs, () => jobs() === 0);
  expect(readable(await last.take(12))).toEqual(['RES NO_JOB ""']);
});

test.for(["CANT_DO f", "RESET_ABILITIES"])(
  "%s with many jobs is completed before the next request",
  async (what, context) => {
    const one = server(context);
    const [client, worker] = [join(one), join(one)];
    client.send(requests((n) => `SUBMIT_JOB_BG f u${n} w`));
    await client.sync();
    for (const request of ["CAN_DO f", "CAN_DO g", "SUBMIT_JOB_BG g u w"])
      worker.send(message("REQ", request));
    worker.send(requests(() => "GRAB_JOB"));
    worker.send(message("REQ", "GRAB_JOB"));
    await worker.sync();
    await worker.take(worker.pending.length);
    const [last] = readable(message("RES", `JOB_ASSIGN T:${MANY} f w`));
    worker.send(message("REQ", what));
    worker.send(Buffer.from("status\n"));
    worker.send(message("REQ", "CAN_DO f"));
    worker.send(message("REQ", "GRAB_JOB"));
    const left = what === "CANT_DO f" ? 1 : 0;
    const status = [`f\t${MANY}\t0\t0`, `g\t1\t${left}\t${left}`, ".", ""];
    expect((await worker.takeThrough(".\n")).toString().split("\n").sort()).toEqual(status.sort());
    // jobs go back in reverse order of assignment
    expect(readable(await worker.take(12 + `T:${MANY}\0f\0w`.length))).toEqual([last]);
  },
);

/** A connection whose answers are not read until `read` is called. */
function unread(one: JobServer): { send(bytes: Buffer): void; waiting(): number; read(): Wire } {
  const [ours, theirs]: [Duplex, Duplex] = duplexPair();
  one.accept(theirs);
  return {
    send: (bytes) => void ours.write(bytes),
    waiting: () => theirs.writableLength + ours.readableLength,
    read: () => new Wire(ours),
  };
}

test.for(["status", "prioritystatus", "workers", "show jobs", "show unique jobs"])(
  "status-flood: 60 times %s for a client that does not read needs little memory and delays no other connection",
  async (command, context) => {
    const one = server(context);
    const [worker, asking] = [join(one), unread(one)];
    worker.send(requests((n) => `SUBMIT_JOB_BG f${n} u${n} w`));
    worker.send(requests((n) => `CAN_DO f${n}`));
    await worker.sync();
    asking.send(Buffer.from(`${command}\n`.repeat(60)));
    let turns = 0;
    await othersAreServed(
      one,
      () => asking.waiting(),
      () => ++turns > 200,
      UNREAD_BYTES,
    );
    expect(asking.waiting()).toBeLessThan(UNREAD_BYTES);
    const wire = asking.read();
    const table = await wire.takeThrough("\n.\n");
    expect(table.toString().split(/[\n ]/).length).toBeGreaterThan(MANY);
    for (let n = 1; n < 60; n++) expect((await wire.takeThrough("\n.\n")).equals(table)).toBe(true);
    wire.leave();
  },
);

test("packets caused by others follow the table that a client waits for", async (context) => {
  const one = server(context);
  const [client, worker, asking] = [join(one), join(one), unread(one)];
  client.send(requests((n) => `SUBMIT_JOB_BG f${n} u w`));
  worker.send(message("REQ", "CAN_DO g"));
  await client.sync();
  for (const request of ["SUBMIT_JOB g u w", "text status\\n", "ECHO_REQ y"])
    asking.send(message("REQ", request));
  await settle();
  expect(asking.waiting()).toBeGreaterThan(0);
  for (const request of [
    "GRAB_JOB",
    `WORK_DATA T:${MANY + 1} d`,
    `WORK_COMPLETE T:${MANY + 1} ${"z".repeat(90_000)}`,
  ])
    worker.send(message("REQ", request));
  await worker.sync();
  const wire = asking.read();
  expect(readable(await wire.take(12 + `T:${MANY + 1}`.length))).toEqual([`RES JOB_CREATED "T:${MANY + 1}"`]);
  expect((await wire.takeThrough("\n.\n")).includes(0)).toBe(false);
  for (const answer of [
    `WORK_DATA T:${MANY + 1} d`,
    `WORK_COMPLETE T:${MANY + 1} ${"z".repeat(90_000)}`,
    "ECHO_RES y",
  ]) {
    const wanted = message("RES", answer);
    expect(readable(await wire.take(wanted.length))).toEqual(readable(wanted));
  }
  wire.leave();
});

test("a client whose unsent output exceeds the limit while it waits for an answer is closed", async (context) => {
  const one = server(context, { maxOutputBytes: 300_000 });
  const [client, worker, asking] = [join(one), join(one), unread(one)];
  client.send(requests((n) => `SUBMIT_JOB_BG f${n} u w`));
  worker.send(message("REQ", "CAN_DO g"));
  await client.sync();
  for (const request of ["SUBMIT_JOB g u w", "text status\\n"]) asking.send(message("REQ", request));
  await settle();
  worker.send(message("REQ", "GRAB_JOB"));
  for (let n = 0; n < 10; n++) worker.send(message("REQ", `WORK_DATA T:${MANY + 1} ${"z".repeat(50_000)}`));
  await worker.sync();
  await settle();
  expect(one.stats().closed).toEqual({ OUTPUT_FULL: 1 });
});

test.for(["tcp", "memory"] as const)(
  "more requests than the limit of one turn are all answered in order, %s",
  async (way, context) => {
    const wire = await connection(server(context), way);
    const lines = numbers.map((n) =>
      n % 3 === 0 ? Buffer.from("version\n") : message("REQ", `ECHO_REQ ${n}`),
    );
    const wanted = Buffer.concat(
      numbers.map((n) => (n % 3 === 0 ? Buffer.from("OK 0.1.2\n") : message("RES", `ECHO_RES ${n}`))),
    );
    wire.send(Buffer.concat(lines));
    expect((await wire.take(wanted.length)).equals(wanted)).toBe(true);
    wire.leave();
  },
);

test("many-functions: jobs for many workers with many functions each delay no other connection", async (context) => {
  const WORKERS = 100;
  const FUNCTIONS = 70; // above the number that is searched one by one
  const one = server(context);
  const workers = Array.from({ length: WORKERS }, () => join(one));
  for (const worker of workers) {
    worker.send(Buffer.concat(numbers.slice(0, FUNCTIONS).map((n) => message("REQ", `CAN_DO f${n}`))));
    await worker.sync();
  }
  const client = join(one);
  client.send(requests((n) => `SUBMIT_JOB_BG f0 u${n} x`));
  // each job is compared with each worker
  const compared = () => one.stats().jobs * WORKERS;
  await othersAreServed(one, compared, () => compared() === MANY * WORKERS, 10 * MOST_PER_TURN);
});

test("too many functions: a job gets QUEUE_ERROR, a worker is closed, both are logged", async (context) => {
  const logger = memoryLogger();
  const one = server(context, { maxFunctions: 2, maxFunctionsPerConnection: 1, logger });
  const [client, greedy, worker] = [join(one), join(one), join(one)];
  const ask = async (request: string, answer: string) => {
    client.send(message("REQ", request));
    const wanted = message("RES", answer);
    expect(readable(await client.take(wanted.length))).toEqual(readable(wanted));
  };
  await ask("SUBMIT_JOB_BG a u w", "JOB_CREATED T:1");
  greedy.send(message("REQ", "CAN_DO a"));
  greedy.send(message("REQ", "CAN_DO a"));
  await greedy.sync();
  await ask("text create\\sfunction\\sb\\n", "text OK\\r\\n");
  greedy.send(message("REQ", "CAN_DO b"));
  await greedy.closed();
  await ask("SUBMIT_JOB_BG c u w", "ERROR QUEUE_ERROR Job\\squeue\\sis\\sfull");
  await ask("text create\\sfunction\\sc\\n", "text ERR\\sCREATE_FUNCTION\\sc\\r\\n");
  await ask("SUBMIT_JOB_BG b u w", "JOB_CREATED T:2");
  worker.send(message("REQ", "CAN_DO c"));
  await worker.closed();
  expect(one.stats()).toMatchObject({ functions: 2, closed: { TOO_MANY_FUNCTIONS: 2 }, refused: 1 });
  expect(logger.lines).toEqual(
    expect.arrayContaining([
      "warn: Closing connection -:0: TOO_MANY_FUNCTIONS",
      "warn: there are 2 functions, no further one is accepted",
      "warn: GEARMAND_QUEUE_ERROR:Job queue is full (-:0)",
    ]),
  );
});
