import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { type Health, HealthFile } from "../src/health-file.ts";
import { serviceJob, startWorker } from "./worker-world.ts";

function setUp() {
  const clock = new ManualClock();
  const logger = memoryLogger();
  const written: string[] = [];
  const state = { health: "no job server" as Health, fails: false };
  const write = (text: string) => {
    if (state.fails) throw new Error("disk full");
    written.push(text);
  };
  const files = {
    replace: (path: string, text: string) => write(`${path}: ${text}`),
    remove: (path: string) => write(`removed ${path}`),
  };
  const file = new HealthFile(() => state.health, { files, clock, logger });
  return { clock, logger, written, state, file };
}

describe("the file", () => {
  test("is written at each change, and every ten seconds as a sign of life", async () => {
    const { clock, written, state, file } = setUp();
    file.use("/h");
    expect(written).toEqual(["/h: no job server\n"]);
    state.health = "ready";
    await clock.advance(1000);
    await clock.advance(9999);
    expect(written.slice(1)).toEqual(["/h: ready\n"]);
    await clock.advance(1);
    expect(written.slice(1)).toEqual(["/h: ready\n", "/h: ready\n"]);
  });
  test("is removed at the end and when another one is named", () => {
    const { clock, written, file } = setUp();
    file.use("/h");
    file.use("/h");
    file.use("/i");
    file.close();
    expect(written).toEqual(["/h: no job server\n", "removed /h", "/i: no job server\n", "removed /i"]);
    expect(clock.pending).toBe(0);
  });
  test("that cannot be written is logged once a minute and tried again", async () => {
    const { clock, logger, written, state, file } = setUp();
    state.fails = true;
    file.use("/h");
    await clock.advance(30_000);
    expect(logger.lines).toEqual(["warn: health_file: disk full"]);
    state.fails = false;
    await clock.advance(10_000);
    expect(written).toEqual(["/h: no job server\n"]);
  });
});

test("a worker: no server, ready, draining, stopping, gone", async () => {
  const world = await startWorker("--health_file=/h", "--max-worker=1");
  await world.clock.advance(1000);
  world.servers.a.put("service", serviceJob("/running"));
  await settle();
  await world.signal("SIGUSR2");
  await world.clock.advance(1000);
  await world.signal("SIGTERM");
  world.runner.runs[0]?.end({ exitCode: 0 });
  await settle();
  await settle();
  const texts = world.healthTexts.map(([path, text]) => `${path} ${text?.trim()}`);
  expect(texts).toEqual(["/h no job server", "/h ready", "/h draining", "/h stopping", "/h undefined"]);
  expect(world.clock.pending).toBe(0);
});
test("without health_file there is none", async () => {
  const world = await startWorker();
  await world.clock.advance(20_000);
  expect(world.healthTexts).toEqual([]);
});
