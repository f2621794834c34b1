// @module-tag slow
import { type ServerAddress, systemClock } from "@mod-gearman/base";
import { queryStatus } from "@mod-gearman/client";
import { nodeFiles } from "@mod-gearman/config";
import { nullSink } from "@mod-gearman/observe";
import { loadModule } from "@mod-gearman/program";
import { FaultProxy, startGearmand, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";
import { BridgeCounts } from "../src/bridge-counts.ts";
import { envelopeMemory } from "../src/bridge-envelope.ts";
import { BridgeLog } from "../src/bridge-log.ts";
import { NO_TIMELINE } from "../src/check-timelines.ts";
import { Engine } from "../src/engine.ts";
import { ResultIntake } from "../src/result-intake.ts";

function engineOf(
  ports: number[],
  onDoubt: (server: ServerAddress) => void,
  more = "",
  logger = new BridgeLog(nullSink, nullSink),
  envelopes = envelopeMemory({ clock: systemClock, nowMicros: () => 0n }, logger),
): Engine {
  const servers = ports.map((port) => `127.0.0.1:${port}`).join(",");
  const args = `server=${servers} encryption=no log_stats_interval=0${more}`;
  const { options } = loadModule(args, "/", nodeFiles);
  const results = new ResultIntake({
    clock: systemClock,
    nowMicros: () => 0n,
    logger,
    counts: new BridgeCounts(),
    onResult: () => NO_TIMELINE,
    onApplied: () => undefined,
    status: () => Buffer.alloc(0),
    onCapacityChange: () => undefined,
    maxHeldBytes: 1000,
    refusals: envelopes.refusals,
  });
  const engine = new Engine(options, {
    clock: systemClock,
    logger,
    results,
    envelopes,
    files: nodeFiles,
    onReachable: () => undefined,
    onDoubt,
    identity: { version: "1.2.3", hostName: "core" },
    maxQueued: 100,
  });
  onTestFinished(() => engine.close());
  engine.setResultCapacity(10);
  return engine;
}

test("27: a result queue out of reach does not count as empty; a server that was lost or is back is named", async (context) => {
  const one = await startGearmand(context);
  const other = await startGearmand(context);
  const proxy = await FaultProxy.start({ port: other.port });
  onTestFinished(() => proxy.close());
  const doubted: number[] = [];
  const engine = engineOf([one.port, proxy.port], ({ port }) => doubted.push(port));
  const later = systemClock.monotonicMs() + 1e9;
  await waitFor("both result queues empty", () => engine.drainedSince(later, false));
  await proxy.refuse();
  await waitFor("one out of reach", () => !engine.drainedSince(later, false));
  await waitFor("for a former check it does not count", () => engine.drainedSince(later, true));
  expect(doubted).toEqual([proxy.port]);
  await proxy.restore();
  await waitFor("both empty again", () => engine.drainedSince(later, false));
  await waitFor("its return", () => doubted.length === 2);
  expect(doubted).toEqual([proxy.port, proxy.port]);
});

test("3.1: result_workers=N makes N connections to the result queue of each job server, visible in its status", async (context) => {
  const one = await startGearmand(context);
  const other = await startGearmand(context);
  engineOf([one.port, other.port], () => undefined, " result_workers=3 result_queue=results_here");
  for (const { port } of [one, other])
    await waitFor("three workers", async () => {
      const answer = await queryStatus({ host: "127.0.0.1", port }, { timeoutMs: 5000 });
      const queues = answer.kind === "status" ? answer.queues : [];
      return queues.some(({ queue, workers }) => `${queue}` === "results_here" && workers === 3);
    });
});

test("3.1: accept_clear_results takes a result in clear text while encryption is on", () => {
  const text = Buffer.from("type=passive\nhost_name=web01\noutput=clear\n\n");
  const open = (more: string) =>
    engineOf([1], () => undefined, ` encryption=yes key=a-key-of-some-length${more}`).envelope.open(
      Buffer.from(text.toString("base64")),
    );
  expect(open(" accept_clear_results=yes")).toEqual(text);
  expect(open("")).not.toEqual(text);
});

test("a sealed job that is put on another server is known to be there, for the next one that is joined to it", async (context) => {
  const { port } = await startGearmand(context);
  const logger = new BridgeLog(nullSink, nullSink);
  const envelopes = envelopeMemory({ clock: systemClock, nowMicros: () => 0n }, logger);
  const { flights } = envelopes;
  const engine = engineOf([port], () => undefined, "", logger, envelopes);
  await waitFor("the server", () => engine.client.isReachable);
  const secret = Buffer.alloc(32);
  const issue = () => flights.issue("web01", "host", 60_000, secret);
  const submit = (jobId: string) =>
    engine.submit({
      ...{ queue: Buffer.from("host"), unique: Buffer.from("u"), priority: "normal" },
      ...{ text: Buffer.from(jobId), jobId },
    });
  const moved = issue();
  flights.accepted(moved, { host: "lost", port: 4730 }, 1);
  const first = await submit(moved);
  const next = issue();
  expect((await submit(next)).handle).toEqual(first.handle);
  expect(flights.land(Buffer.from(moved), "web01", secret)).toBeUndefined();
  expect(flights.size).toBe(0);
});
