import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { memoryLogger } from "@mod-gearman/observe";
import { duplexPair, ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { createJobServer } from "../src/index.ts";
import { join, serverFor, tcp } from "./stages.ts";
import { message, readable, Wire } from "./wire.ts";

async function hears(wire: Wire, answer: string): Promise<void> {
  const wanted = message("RES", answer);
  expect(readable(await wire.take(wanted.length))).toEqual(readable(wanted));
}

test("serves TCP and in-memory streams with the same queues", async (context) => {
  const server = serverFor(context, { listen: "127.0.0.1", port: 0 });
  expect(server.address()).toBeUndefined();
  const { port } = await server.listen();
  expect(server.address()).toMatchObject({ address: "127.0.0.1", port });
  const [client, worker] = [await tcp(port), join(server)];
  worker.send(message("REQ", "CAN_DO f"));
  await worker.sync();
  client.send(message("REQ", "SUBMIT_JOB f u w"));
  await hears(client, "JOB_CREATED T:1");
  worker.send(message("REQ", "GRAB_JOB"));
  await hears(worker, "JOB_ASSIGN T:1 f w");
  worker.send(message("REQ", "WORK_COMPLETE T:1 done"));
  await hears(client, "WORK_COMPLETE T:1 done");
  client.leave();
});

test("servers in one process are independent", async (context) => {
  const [one, other] = [serverFor(context), serverFor(context)];
  const client = join(one);
  client.send(message("REQ", "SUBMIT_JOB_BG f u w"));
  await hears(client, "JOB_CREATED T:1");
  expect([one.stats().jobs, other.stats().jobs]).toEqual([1, 0]);
});

test("the workers table: id, address, client id, functions in the order of search; newest connection first", async (context) => {
  const server = serverFor(context, { listen: "127.0.0.1", port: 0 });
  const { port } = await server.listen();
  const [worker, anonymous, admin] = [await tcp(port), join(server), join(server)];
  for (const request of ["SET_CLIENT_ID my\\sworker", "CAN_DO one", "CAN_DO two"])
    worker.send(message("REQ", request));
  await worker.sync();
  anonymous.send(message("REQ", 'SET_CLIENT_ID ""'));
  await anonymous.sync();
  admin.send(Buffer.from("workers\n"));
  const table = (await admin.takeThrough(".\n")).toString();
  expect(table.replaceAll(/^\d+/gm, "N")).toBe("N - - :\nN -  :\nN 127.0.0.1 my worker : two one\n.\n");
  const ids = [...table.matchAll(/^\d+/gm)].map(([id]) => Number(id));
  expect(ids).toEqual(ids.toSorted((a, b) => b - a));
  worker.leave();
});

test("a client id is cut to 127 bytes", async (context) => {
  const worker = join(serverFor(context));
  worker.send(message("REQ", "SET_CLIENT_ID i*200"));
  worker.send(Buffer.from("workers\n"));
  expect((await worker.takeThrough(".\n")).toString()).toBe(`1 - ${"i".repeat(127)} :\n.\n`);
});

test("stats count current and past jobs and connections", async (context) => {
  const server = serverFor(context);
  const [client, worker, bad] = [join(server), join(server), join(server)];
  for (const request of ["SUBMIT_JOB f u w", "SUBMIT_JOB f u w", "SUBMIT_JOB f v w", "WORK_FAIL T:9"])
    client.send(message("REQ", request));
  await client.sync();
  worker.send(message("REQ", "CAN_DO f"));
  worker.send(message("REQ", "GRAB_JOB"));
  await worker.sync();
  bad.send(message("REQ", "type 99 x"));
  await bad.closed();
  expect(server.stats()).toEqual({
    connections: 2,
    accepted: 3,
    functions: 1,
    jobs: 2,
    running: 1,
    jobsMade: 2,
    refused: 1,
    turnedAway: 0,
    handshakesFailed: 0,
    denied: { announce: 0, submit: 0, admin: 0 },
    closed: { UNKNOWN_TYPE: 1 },
  });
});

test("close ends all connections at once", async (context) => {
  const server = serverFor(context, { listen: "127.0.0.1", port: 0 });
  const { port } = await server.listen();
  const [near, far] = [join(server), await tcp(port)];
  far.send(message("REQ", "SUBMIT_JOB f u w"));
  await far.sync();
  await server.close();
  await near.closed();
  await far.closed();
  expect(server.stats().connections).toBe(0);
  expect(server.address()).toBeUndefined();
  await expect(server.listen()).rejects.toMatchObject({ code: "CLOSED" });
  const [ours, theirs] = duplexPair();
  server.accept(theirs);
  await new Wire(ours).closed();
});

test("graceful close: the last result arrives, then everything ends", async (context) => {
  const server = serverFor(context);
  const [client, worker] = [join(server), join(server)];
  client.send(message("REQ", "SUBMIT_JOB f u w"));
  await hears(client, "JOB_CREATED T:1");
  const closed = server.close({ graceful: true });
  client.send(message("REQ", "SUBMIT_JOB f v w"));
  await hears(client, "JOB_CREATED T:2");
  for (const request of ["CAN_DO f", "GRAB_JOB", "GRAB_JOB", "WORK_COMPLETE T:1 one"])
    worker.send(message("REQ", request));
  await hears(client, "WORK_COMPLETE T:1 one");
  await worker.sync();
  worker.send(message("REQ", "WORK_COMPLETE T:2 two"));
  await hears(client, "WORK_COMPLETE T:2 two");
  await closed;
  await client.closed();
  await worker.closed();
});

test("graceful close does not wait for abandoned jobs, and can be shortened", async (context) => {
  const [idle, busy] = [serverFor(context), serverFor(context)];
  const client = join(idle);
  client.send(message("REQ", "SUBMIT_JOB f u w"));
  await client.sync();
  const closed = idle.close({ graceful: true });
  client.leave(); // leaves an abandoned job
  await closed;
  const other = join(busy);
  other.send(message("REQ", "SUBMIT_JOB_BG f u w"));
  await other.sync();
  const draining = busy.close({ graceful: true });
  await busy.close();
  await draining;
  expect(busy.stats()).toMatchObject({ connections: 0, jobs: 1 });
});

test("a peer that does not read is closed ten seconds after an orderly close of its connection", async (context) => {
  const clock = new ManualClock();
  const server = serverFor(context, { clock });
  const [ours, theirs] = duplexPair();
  server.accept(theirs);
  ours.write(Buffer.concat(Array.from({ length: 50 }, () => message("REQ", "ECHO_REQ x*20000"))));
  await settle();
  ours.end();
  await settle();
  expect(server.stats().connections).toBe(1);
  await clock.advance(9_999);
  expect(server.stats().connections).toBe(1);
  await clock.advance(1);
  expect(server.stats().connections).toBe(0);
});

test("shutdown is accepted from this machine only, if permitted", async (context) => {
  const asked: boolean[] = [];
  const server = serverFor(context, {
    listen: "127.0.0.1",
    port: 0,
    onShutdown: (graceful) => asked.push(graceful),
  });
  const { port } = await server.listen();
  const [local, foreign] = [await tcp(port), join(server)];
  local.send(Buffer.from("shutdown graceful\nshutdown\nshutdown now\n"));
  await hears(local, "text OK\\r\\nOK\\r\\nERR\\sUNKNOWN_COMMAND\\sUnknown+server+commandshutdown\\r\\n");
  foreign.send(Buffer.from("shutdown\n"));
  await hears(foreign, "text ERR\\sUNKNOWN_COMMAND\\sUnknown+server+commandshutdown\\r\\n");
  await settle();
  expect(asked).toEqual([true, false]);
  local.leave();
});

test("at most one warning of a kind per second, also when the time of day is set", async (context) => {
  const logger = memoryLogger();
  const clock = new ManualClock();
  const client = join(serverFor(context, { logger, clock }));
  const warnings = async (): Promise<number> => {
    client.send(message("REQ", "WORK_FAIL T:9"));
    await client.sync();
    return logger.lines.filter((line) => line.startsWith("warn: ")).length;
  };
  expect([await warnings(), await warnings()]).toEqual([1, 1]);
  for (const hours of [-1, 2]) {
    clock.setTimeOfDay(hours * 3_600_000);
    expect(await warnings()).toBe(1);
  }
  clock.setTimeOfDay(-3_600_000);
  await clock.advance(1000);
  expect(await warnings()).toBe(2);
});

test("the log contains peers and jobs, no workloads, and is limited", async (context) => {
  const logger = memoryLogger();
  const server = serverFor(context, { logger, clock: new ManualClock() });
  const client = join(server);
  client.send(message("REQ", "SUBMIT_JOB_BG f u secret"));
  client.send(message("REQ", "SUBMIT_REDUCE_JOB g v red 0 secret"));
  for (let n = 0; n < 100; n++) client.send(message("REQ", "WORK_FAIL T:9"));
  await client.sync();
  client.leave();
  await client.closed();
  await settle();
  expect(logger.lines).toEqual([
    "info: Accepted connection from -:0",
    "info: accepted,f,u,0",
    "info: accepted,g,v,0,red",
    "warn: GEARMAND_JOB_NOT_FOUND:Job given in work result not found (-:0)",
    "info: Disconnected -:0",
  ]);
});

test("names in UTF-8 are logged as such", async (context) => {
  const logger = memoryLogger();
  const client = join(serverFor(context, { logger, clock: new ManualClock() }));
  client.send(message("REQ", "SUBMIT_JOB_BG Pr\\xc3\\xbcfung \\xe2\\x82\\xac1\\xff w"));
  await client.sync();
  expect(logger.lines).toContain("info: accepted,Prüfung,€1\ufffd,0");
});

test("publishes connections and jobs on diagnostics channels", async (context) => {
  const seen: unknown[] = [];
  const names = ["connect", "disconnect", "queue", "finish"].map((event) => `mod-gearman:server:${event}`);
  const listen = (content: unknown, name: string | symbol) =>
    seen.push([String(name).split(":")[2], content]);
  for (const name of names) subscribe(name, listen);
  context.onTestFinished(() => {
    for (const name of names) unsubscribe(name, listen);
  });
  const wire = join(serverFor(context));
  for (const request of ["SUBMIT_JOB_BG f u work", "CAN_DO f", "GRAB_JOB", "WORK_FAIL T:1"])
    wire.send(message("REQ", request));
  await wire.sync();
  wire.leave();
  await wire.closed();
  await settle();
  expect(seen).toEqual([
    ["connect", { peer: "-:0" }],
    ["queue", { handle: "T:1", function: "f", bytes: 4 }],
    ["finish", { handle: "T:1" }],
    ["disconnect", { peer: "-:0" }],
  ]);
});

test.for([
  ["port", { port: 65_536 }],
  ["port", { port: 1.5 }],
  ["jobRetries", { jobRetries: 256 }],
  ["workerWakeup", { workerWakeup: -1 }],
  ["maxPacketBytes", { maxPacketBytes: 11 }],
  ["handlePrefix", { handlePrefix: "x".repeat(53) }],
  ["handlePrefix", { handlePrefix: "a\0b" }],
] as const)("refuses a bad %s", ([name, options]) =>
  expect(() => createJobServer(options)).toThrow(
    expect.objectContaining({ code: "BAD_OPTION", message: expect.stringContaining(name) }),
  ),
);

test("the longest handle is within its limit of 63 bytes", async (context) => {
  const client = join(serverFor(context, { handlePrefix: Buffer.alloc(52, 0xe4) }));
  client.send(message("REQ", "SUBMIT_JOB_BG f u w"));
  await hears(client, "JOB_CREATED \\xe4".replace("\\xe4", `${"\\xe4".repeat(52)}:1`));
});
