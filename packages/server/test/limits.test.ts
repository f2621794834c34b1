import { memoryLogger } from "@mod-gearman/observe";
import { duplexPair, ManualClock, settle } from "@mod-gearman/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { join, serverFor, tcp } from "./stages.ts";
import { message, packet, readable } from "./wire.ts";

const MIB = 1_048_576;

test("a packet above the limit closes its connection once its header has arrived", async (context) => {
  const logger = memoryLogger();
  const server = serverFor(context, { maxPacketBytes: 100, logger });
  const [bad, good] = [join(server), join(server)];
  bad.send(packet("REQ", 16, Buffer.alloc(101)).subarray(0, 12));
  await bad.closed();
  good.send(message("REQ", "ECHO_REQ x*100"));
  expect(readable(await good.take(112))).toEqual(readable(message("RES", "ECHO_RES x*100")));
  expect(server.stats().closed).toEqual({ BODY_TOO_LARGE: 1 });
  expect(logger.lines).toContain("warn: Closing connection -:0: BODY_TOO_LARGE (005245510000001000000065)");
});

test("an announced size reserves no memory", async (context) => {
  const server = serverFor(context, { maxPacketBytes: 0x7fff_ffff });
  const before = process.memoryUsage().arrayBuffers;
  const wires = Array.from({ length: 20 }, () => join(server));
  for (const wire of wires) wire.send(Buffer.from("0052455100000010 7fffffff 78".replaceAll(" ", ""), "hex"));
  await settle();
  expect(server.stats().connections).toBe(20);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * MIB);
});

test("a peer that does not read is closed when its unsent output exceeds the limit; others are served", async (context) => {
  const logger = memoryLogger();
  // with a manual clock it is not closed by the time limit for lingering
  const server = serverFor(context, { maxOutputBytes: MIB, logger, clock: new ManualClock() });
  const [ours, theirs] = duplexPair();
  server.accept(theirs);
  const closed = new Promise((resolve) => theirs.once("close", resolve));
  const echo = message("REQ", "ECHO_REQ x*1000");
  ours.on("error", () => undefined);
  while (!theirs.destroyed) {
    ours.write(Buffer.concat(Array.from({ length: 100 }, () => echo)));
    await settle();
  }
  await closed;
  expect(server.stats()).toMatchObject({ closed: { OUTPUT_FULL: 1 }, connections: 0 });
  expect(logger.lines).toContain("warn: Closing connection -:0: OUTPUT_FULL");
  const other = join(server);
  await other.sync();
  expect(other.isClosed).toBe(false);
});

test("jobs of a worker that was closed for not reading are assigned to another one", async (context) => {
  const server = serverFor(context, { maxOutputBytes: 20_000 });
  const [client, worker] = [join(server), join(server)];
  for (let n = 1; n <= 60; n++) client.send(message("REQ", `SUBMIT_JOB_BG f u${n} x*5000`));
  await client.sync();
  const [ours, theirs] = duplexPair();
  server.accept(theirs);
  ours.on("error", () => undefined);
  const grabs = Array.from({ length: 60 }, () => message("REQ", "GRAB_JOB"));
  ours.write(Buffer.concat([message("REQ", "CAN_DO f"), ...grabs]));
  await settle();
  expect(server.stats()).toMatchObject({ closed: { OUTPUT_FULL: 1 }, running: 0, jobs: 60 });
  worker.send(message("REQ", "CAN_DO f"));
  worker.send(message("REQ", "GRAB_JOB"));
  await worker.sync();
  expect(server.stats().running).toBe(1);
});

test.for([13, 14, 25])(
  "a job whose end closes its own worker, which waits for it and does not read, is dropped once, packet %i",
  async (type, context) => {
    const server = serverFor(context, { maxOutputBytes: 100 });
    const [both, other] = [join(server), join(server)];
    both.send(message("REQ", "CAN_DO f"));
    both.send(message("REQ", "SUBMIT_JOB f u w"));
    both.send(message("REQ", "GRAB_JOB"));
    await both.sync();
    other.send(message("REQ", "SUBMIT_JOB_BG f v w")); // adjacent in the table of jobs
    await other.sync();
    const end = packet("REQ", type, Buffer.from(type === 14 ? "T:1" : "T:1\0result"));
    both.send(Buffer.concat([message("REQ", "ECHO_REQ x*200"), end]));
    await both.closed();
    expect(server.stats().closed).toEqual({ OUTPUT_FULL: 1 });
    for (const one of ["CAN_DO f", "GRAB_JOB", "GRAB_JOB"]) other.send(message("REQ", one));
    await other.sync();
    expect(server.stats()).toMatchObject({ jobs: 1, running: 1 });
    other.send(Buffer.from("status\n"));
    expect((await other.takeThrough(".\n")).toString("latin1").endsWith("f\t1\t1\t1\n.\n")).toBe(true);
    other.send(message("REQ", "WORK_COMPLETE T:2 done"));
    await other.sync();
    expect(server.stats()).toMatchObject({ jobs: 0, running: 0, refused: 0 });
  },
);

test("bytes after the one that closed the connection are ignored", async (context) => {
  const server = serverFor(context, { maxOutputBytes: 100 });
  const wire = join(server);
  const echo = message("REQ", "ECHO_REQ x*200");
  wire.send(Buffer.concat([echo, echo, message("REQ", "SUBMIT_JOB f u w")]));
  await wire.closed();
  expect(server.stats()).toMatchObject({ closed: { OUTPUT_FULL: 1 }, jobs: 0, functions: 0 });
});

test("a workload of 64 MiB is delivered over TCP, and so is its result", async (context) => {
  const server = serverFor(context, { listen: "127.0.0.1", port: 0 });
  const { port } = await server.listen();
  const [client, worker] = [await tcp(port), await tcp(port)];
  const workload = Buffer.alloc(64 * MIB, "0123456789abcdef");
  client.send(packet("REQ", 7, Buffer.concat([Buffer.from("f\0u\0"), workload])));
  expect(readable(await client.take(15))).toEqual(['RES JOB_CREATED "T:1"']);
  worker.send(message("REQ", "CAN_DO f"));
  worker.send(message("REQ", "GRAB_JOB"));
  const assigned = await worker.take(12 + 6 + workload.length);
  expect(assigned.subarray(12, 18).toString()).toBe("T:1\0f\0");
  expect(assigned.subarray(18).equals(workload)).toBe(true);
  worker.send(packet("REQ", 13, Buffer.concat([Buffer.from("T:1\0"), workload])));
  const result = await client.take(12 + 4 + workload.length);
  expect(result.subarray(16).equals(workload)).toBe(true);
  client.leave();
  worker.leave();
});

test("2,000 idle connections need little memory and the server still answers", {
  tags: "slow",
}, async (context) => {
  const server = serverFor(context, { listen: "127.0.0.1", port: 0, backlog: 511 });
  const { port } = await server.listen();
  const idle = [];
  for (let n = 0; n < 20; n++)
    idle.push(...(await Promise.all(Array.from({ length: 100 }, () => tcp(port)))));
  for (const wire of idle)
    wire.send(Buffer.concat([message("REQ", "CAN_DO f"), message("REQ", "PRE_SLEEP")]));
  for (const wire of idle) await wire.sync();
  expect(server.stats().connections).toBe(2000);
  const client = join(server);
  client.send(message("REQ", "SUBMIT_JOB_BG f u w"));
  await client.sync();
  for (const wire of idle) expect(readable(await wire.take(12))).toEqual(['RES NOOP ""']);
  for (const wire of idle) wire.leave();
});

test("connections above the limit are refused", async (context) => {
  const server = serverFor(context, { listen: "127.0.0.1", port: 0, maxConnections: 2 });
  const { port } = await server.listen();
  const [one, two] = [await tcp(port), await tcp(port)];
  await one.sync();
  await two.sync();
  const three = await tcp(port);
  await three.closed();
  expect(server.stats()).toMatchObject({ connections: 2, turnedAway: 1 });
  one.leave();
  two.leave();
});

const byte = fc.nat({ max: 255 });
const anyBytes = fc.array(byte, { maxLength: 200 }).map((list) => Buffer.from(list));
const anyPacket = fc
  .record({ magic: fc.constantFrom("REQ", "RES"), type: fc.nat({ max: 45 }), body: anyBytes })
  .map(({ magic, type, body }) => packet(magic as "REQ", type, body));
const likelyWord = fc.constantFrom("f", "", "T:1", "T:2", "-", "0", "99999999999999999999", "u".repeat(65));
const likelyPacket = fc
  .record({ type: fc.integer({ min: 1, max: 42 }), words: fc.array(likelyWord, { maxLength: 8 }) })
  .map(({ type, words }) => packet("REQ", type, Buffer.from(words.join("\0"))));
const anyText = fc.constantFrom(
  "status\n",
  "show jobs\r\n",
  "cancel job T:1\n",
  "drop function f\n",
  "maxqueue f 1\n",
);
const noise = fc.oneof(
  { weight: 1, arbitrary: anyBytes },
  { weight: 2, arbitrary: anyPacket },
  { weight: 6, arbitrary: likelyPacket },
  { weight: 1, arbitrary: anyText.map((text) => Buffer.from(text)) },
);

test.for(["in memory", "over TCP"])(
  "random bytes on one connection affect no other one, and no defect is logged, %s",
  async (way, context) => {
    const logger = memoryLogger();
    const server = serverFor(context, { logger, listen: "127.0.0.1", port: 0 });
    const { port } = await server.listen();
    const witness = join(server);
    await fc.assert(
      fc.asyncProperty(
        fc.array(noise, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (messages, leaves) => {
          const wire = way === "in memory" ? join(server) : await tcp(port);
          context.onTestFinished(() => wire.leave());
          for (const one of messages) wire.send(one);
          await settle();
          await witness.sync();
          expect(witness.isClosed).toBe(false);
          expect(server.stats().closed.INTERNAL).toBeUndefined();
          const { jobs, running } = server.stats();
          expect(running).toBeLessThanOrEqual(jobs);
          if (leaves) wire.leave();
        },
      ),
      { numRuns: 300 },
    );
    expect(logger.lines.filter((line) => line.startsWith("error"))).toEqual([]);
  },
);
