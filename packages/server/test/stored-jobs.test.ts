import { memoryLogger } from "@mod-gearman/observe";
import { expect, type TestContext, test } from "vitest";
import { createJobServer, type JobServer, type JobServerOptions } from "../src/index.ts";
import { ManualStore } from "./manual-store.ts";
import { join, tcp } from "./stages.ts";
import { message, readable, type Wire } from "./wire.ts";

async function serverWith(context: TestContext, store: ManualStore, more: JobServerOptions = {}) {
  const server = createJobServer({ handlePrefix: "T", listen: "127.0.0.1", port: 0, store, ...more });
  context.onTestFinished(() => server.close());
  await server.listen();
  return server;
}

function ask(wire: Wire, ...requests: string[]): void {
  wire.send(Buffer.concat(requests.map((one) => message("REQ", one))));
}

async function hears(wire: Wire, ...answers: string[]): Promise<void> {
  const wanted = Buffer.concat(answers.map((one) => message("RES", one)));
  expect(readable(await wire.take(wanted.length))).toEqual(readable(wanted));
}

/** All that this connection has received when a later request of another one has been answered. */
async function hearsNothing(wire: Wire, server: JobServer): Promise<void> {
  await join(server).sync();
  expect(readable(wire.pending)).toEqual([]);
}

test("JOB_CREATED comes after the commit, and later answers of the connection after it", async (context) => {
  const store = new ManualStore();
  const server = await serverWith(context, store);
  const client = join(server);
  ask(
    client,
    "ECHO_REQ first",
    "SUBMIT_JOB_BG f u w",
    "ECHO_REQ second",
    "SUBMIT_JOB_BG f v w",
    "text version\\n",
  );
  await store.pending(2);
  await hears(client, "ECHO_RES first");
  await hearsNothing(client, server);
  store.commit();
  await hears(client, "JOB_CREATED T:1", "ECHO_RES second", "JOB_CREATED T:2");
  expect((await client.takeThrough("\n")).toString()).toBe("OK embedded\n");
});

test("a job is assigned after its commit, and a NOOP does not wait for one", async (context) => {
  const store = new ManualStore();
  const server = await serverWith(context, store);
  const [client, worker] = [join(server), join(server)];
  ask(worker, "CAN_DO f", "PRE_SLEEP", "SUBMIT_JOB_BG other u w");
  await store.pending(1);
  ask(client, "SUBMIT_JOB f fg w");
  await hears(client, "JOB_CREATED T:2");
  await hears(worker, "NOOP");
  ask(worker, "GRAB_JOB");
  ask(client, "SUBMIT_JOB_BG f bg w");
  await store.pending(2);
  store.commit();
  await hears(worker, "JOB_CREATED T:1", "JOB_ASSIGN T:2 f w");
  await hears(client, "JOB_CREATED T:3");
  ask(worker, "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:3 f w");
});

test("a store that refuses: ERROR, no job, and foreground jobs go on", async (context) => {
  const store = new ManualStore();
  const server = await serverWith(context, store);
  const client = join(server);
  store.isGood = false;
  ask(client, "SUBMIT_JOB_BG f u w", "SUBMIT_JOB_BG f u w", "SUBMIT_JOB f x w");
  await store.pending(1);
  store.commit();
  await hears(client, "ERROR QUEUE_ERROR QUEUE_ERROR", "ERROR QUEUE_ERROR QUEUE_ERROR", "JOB_CREATED T:2");
  expect(server.stats()).toMatchObject({ jobs: 1, refused: 2, store: { isRefusing: true } });
  expect(server.problem()).toBe("the store takes no jobs: unknown reason");
  store.isGood = true;
  expect(server.problem()).toBeUndefined();
});

test("drop-oldest: jobs make way for those that the store has, never for those that it refuses", async (context) => {
  const store = new ManualStore();
  const queueLimits = [{ functions: "f", count: 3, policy: "drop-oldest" }] as const;
  const server = await serverWith(context, store, { queueLimits });
  const [client, worker] = [join(server), join(server)];
  const submits = (...uniques: string[]) => ask(client, ...uniques.map((one) => `SUBMIT_JOB_BG f ${one} w`));
  submits("a", "b", "c");
  await store.pending(3);
  store.commit();
  await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2", "JOB_CREATED T:3");
  store.isGood = false;
  submits("d", "e", "f", "g"); // there are three that could make way
  await store.pending(3);
  await join(server).sync();
  expect(server.stats().jobs).toBe(6);
  store.commit();
  const notStored = "ERROR QUEUE_ERROR QUEUE_ERROR";
  await hears(client, notStored, notStored, notStored, "ERROR QUEUE_ERROR Job\\squeue\\sis\\sfull");
  store.commit();
  expect([...store.rows.keys()]).toEqual(["f/a", "f/b", "f/c"]);
  expect(server.metrics.totals()).toMatchObject({ jobs: 3, dropped: { count: 0 } });
  store.isGood = true;
  submits("h", "i");
  await store.pending(2);
  store.commit();
  await hears(client, "JOB_CREATED T:7", "JOB_CREATED T:8");
  store.commit();
  expect([...store.rows.keys()]).toEqual(["f/c", "f/h", "f/i"]);
  expect(server.metrics.totals()).toMatchObject({ jobs: 3, dropped: { count: 2 } });
  ask(worker, "CAN_DO f", "GRAB_JOB", "GRAB_JOB", "GRAB_JOB", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:3 f w", "JOB_ASSIGN T:7 f w", "JOB_ASSIGN T:8 f w", "NO_JOB");
});

test("drop-oldest with limits of bytes: what is on its way to the store is bounded too", async (context) => {
  const store = new ManualStore();
  const queueLimits = [{ functions: "f", bytes: 100, policy: "drop-oldest" }] as const;
  const server = await serverWith(context, store, { queueLimits });
  const client = join(server);
  const full = "ERROR QUEUE_ERROR Job\\squeue\\sis\\sfull";
  ask(client, "SUBMIT_JOB_BG f a w*50", "SUBMIT_JOB_BG f b w*50");
  await store.pending(2);
  store.commit();
  await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2");
  ask(client, "SUBMIT_JOB_BG f c w*101", "SUBMIT_JOB_BG f d w*60", "SUBMIT_JOB_BG f e w*50");
  await hears(client, full);
  await store.pending(1);
  store.commit();
  await hears(client, "JOB_CREATED T:3", full);
  store.commit();
  expect([...store.rows.keys()]).toEqual(["f/d"]);
  expect(server.metrics.totals()).toMatchObject({ jobs: 1, bytes: 60 });
});

test("a foreground request that joins a job keeps it alive when the store refuses it", async (context) => {
  const store = new ManualStore();
  const server = await serverWith(context, store);
  const [client, other, worker] = [join(server), join(server), join(server)];
  store.isGood = false;
  ask(client, "SUBMIT_JOB_BG f u w");
  await store.pending(1);
  ask(other, "SUBMIT_JOB f u w");
  await hearsNothing(other, server);
  store.commit();
  await hears(client, "ERROR QUEUE_ERROR QUEUE_ERROR");
  await hears(other, "JOB_CREATED T:1");
  ask(worker, "CAN_DO f", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:1 f w");
});

test("a background request that joins a foreground job stores it (X4)", async (context) => {
  const store = new ManualStore();
  const server = await serverWith(context, store);
  const [client, worker] = [join(server), join(server)];
  ask(client, "SUBMIT_JOB f u w", "SUBMIT_JOB_BG f u w");
  await store.pending(1);
  await hears(client, "JOB_CREATED T:1");
  ask(worker, "CAN_DO f", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:1 f w");
  store.commit();
  await hears(client, "JOB_CREATED T:1");
  expect([...store.rows.keys()]).toEqual(["f/u"]);
});

test.for([
  ["WORK_COMPLETE T:1 done", ""],
  ["WORK_FAIL T:1", ""],
  ["WORK_EXCEPTION T:1 broken", ""],
  ["text cancel job T:1\\n", "OK\r\n"],
] as const)("the row is removed by %s", async ([end, answer], context) => {
  const store = new ManualStore();
  const server = await serverWith(context, store);
  const [client, worker] = [join(server), join(server)];
  ask(client, "SUBMIT_JOB_BG f u w");
  await store.pending(1);
  store.commit();
  await hears(client, "JOB_CREATED T:1");
  expect(store.rows.size).toBe(1);
  ask(worker, "CAN_DO f", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:1 f w");
  ask(worker, end);
  if (answer !== "") expect((await worker.takeThrough("\n")).toString()).toBe(answer);
  await worker.sync();
  store.commit();
  expect(store.rows.size).toBe(0);
});

test("a job that is lost by its last permitted worker loses its row; one that is requeued keeps it", async (context) => {
  const store = new ManualStore();
  const server = await serverWith(context, store, { jobRetries: 2 });
  const client = join(server);
  ask(client, "SUBMIT_JOB_BG f u w");
  await store.pending(1);
  store.commit();
  for (const rows of [1, 0]) {
    const worker = join(server);
    ask(worker, "CAN_DO f", "GRAB_JOB");
    await hears(worker, "JOB_ASSIGN T:1 f w");
    worker.leave();
    await expect.poll(() => server.stats().running).toBe(0);
    store.commit();
    expect(store.rows.size).toBe(rows);
  }
});

test("a job that is cancelled before its commit is never assigned", async (context) => {
  const store = new ManualStore();
  const server = await serverWith(context, store);
  const [client, worker] = [join(server), join(server)];
  ask(client, "SUBMIT_JOB_BG f u w");
  await store.pending(1);
  ask(worker, "text cancel job T:1\\n");
  await worker.takeThrough("\n");
  store.commit();
  await hears(client, "JOB_CREATED T:1");
  expect(store.rows.size).toBe(0);
  ask(worker, "CAN_DO f", "GRAB_JOB");
  await hears(worker, "NO_JOB");
  expect(server.stats().jobs).toBe(0);
});

test("what is stored is served after a start, with the uniques that clients sent (X9)", async (context) => {
  const store = new ManualStore();
  const server = await serverWith(context, store);
  const client = join(server);
  ask(
    client,
    'SUBMIT_JOB_BG f "" one',
    'SUBMIT_JOB_HIGH_BG f "" two',
    "SUBMIT_JOB_BG f - three",
    "SUBMIT_JOB_LOW_BG f u four",
  );
  await store.pending(4);
  store.commit();
  await hears(client, "JOB_CREATED T:1", "JOB_CREATED T:2", "JOB_CREATED T:3", "JOB_CREATED T:4");
  const next = new ManualStore();
  next.found = [...store.rows.values()];
  expect(next.found.length).toBe(4);
  const again = await serverWith(context, next);
  const worker = join(again);
  ask(worker, "SUBMIT_JOB_BG f - three", "CAN_DO f", ...Array(5).fill("GRAB_JOB_UNIQ"));
  await hears(
    worker,
    "JOB_CREATED T:3",
    'JOB_ASSIGN_UNIQ T:2 f "" two',
    'JOB_ASSIGN_UNIQ T:1 f "" one',
    "JOB_ASSIGN_UNIQ T:3 f - three",
    "JOB_ASSIGN_UNIQ T:4 f u four",
    "NO_JOB",
  );
  ask(worker, "WORK_COMPLETE T:2 x");
  await worker.sync();
  next.commit();
  expect(next.rows.size).toBe(3);
});

test("storeOnShutdown: nothing is written before the end, then every background job that is left", async (context) => {
  const store = new ManualStore();
  store.found = [{ function: "f", key: "old", priority: 1, whenSeconds: 0, data: Buffer.from("w") }];
  const server = await serverWith(context, store, { storeOnShutdown: true });
  const [client, worker] = [join(server), join(server)];
  ask(client, "SUBMIT_JOB_BG f a w", "SUBMIT_JOB_BG f b w", "SUBMIT_JOB f c w");
  await hears(client, "JOB_CREATED T:2", "JOB_CREATED T:3", "JOB_CREATED T:4");
  ask(worker, "CAN_DO f", "GRAB_JOB", "WORK_COMPLETE T:1 x", "GRAB_JOB");
  await hears(worker, "JOB_ASSIGN T:1 f w", "JOB_ASSIGN T:2 f w");
  expect([...store.rows.keys()]).toEqual(["f/old"]);
  const closed = server.close();
  await store.pending(3); // with the removal
  store.commit();
  await closed;
  expect(store.isClosed).toBe(true);
  expect([...store.rows.keys()]).toEqual(["f/a", "f/b"]);
});

test("storeOnShutdown: jobs are written in batches, and those that the store does not take are counted", async (context) => {
  const store = new ManualStore();
  const logger = memoryLogger();
  const server = await serverWith(context, store, { storeOnShutdown: true, logger });
  const client = join(server);
  const submits = Array.from({ length: 5002 }, (_, at) => message("REQ", `SUBMIT_JOB_BG f ${at} w`));
  client.send(Buffer.concat(submits));
  await client.takeThrough(message("RES", "JOB_CREATED T:5002").toString("latin1"));
  const closed = server.close();
  await store.pending(5000);
  expect(store.health().pending).toBe(5000);
  store.commit();
  await store.pending(2);
  expect(store.rows.size).toBe(5000);
  store.isGood = false;
  store.commit();
  await closed;
  expect(logger.lines).toContain("error: 2 background jobs are lost: the store has not taken them");
});

test("a client that pipelines more than the bound of waiting answers waits, and gets all of them", async (context) => {
  const store = new ManualStore();
  const server = await serverWith(context, store);
  const client = join(server);
  const count = 40_000;
  client.send(
    Buffer.concat(Array.from({ length: count }, (_, at) => message("REQ", `SUBMIT_JOB_BG f ${at} w`))),
  );
  await store.pending(16_384);
  await join(server).sync();
  expect(server.stats().jobs).toBe(16_384);
  const wanted = message("RES", `JOB_CREATED T:${count}`);
  const committing = setInterval(() => store.commit());
  context.onTestFinished(() => clearInterval(committing));
  const answers = await client.takeThrough(wanted.toString("latin1"));
  expect(answers.toString("latin1").split("\0RES").length - 1).toBe(count);
});

test("a background job over HTTP is answered after its commit, with 503 if it is not stored", async (context) => {
  const store = new ManualStore();
  const listeners = [{ listen: "127.0.0.1", port: 0, protocol: "http" }] as const;
  const server = await serverWith(context, store, { listeners });
  const post = async (unique: string): Promise<Wire> => {
    const wire = await tcp(server.addresses()[1]?.port ?? 0);
    wire.send(
      Buffer.from(`POST /f HTTP/1.0\r\nX-Gearman-Background: true\r\nX-Gearman-Unique: ${unique}\r\n\r\n`),
    );
    return wire;
  };
  const stored = await post("a");
  await store.pending(1);
  await hearsNothing(stored, server);
  store.commit();
  await stored.closed();
  expect(stored.pending.toString()).toContain(
    "200 OK\r\nX-Gearman-Job-Handle: T:1\r\nX-Gearman-Command: JOB_CREATED\r\n",
  );
  store.isGood = false;
  const refused = await post("b");
  await store.pending(1);
  store.commit();
  await refused.closed();
  expect(refused.pending.toString()).toContain("503 SERVICE_UNAVAILABLE\r\nX-Gearman-Error: QUEUE_ERROR\r\n");
  expect(server.stats()).toMatchObject({ jobs: 1, refused: 1 });
});
