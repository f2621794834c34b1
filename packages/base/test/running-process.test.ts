import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { processStart, processStartedMs, runsProgram } from "../src/running-process.ts";

const UNUSED_PID = 4_194_303;

test("this process has a start time, an unused number has none", () => {
  expect(processStart(process.pid)).toMatch(/^\d+$/);
  expect(processStart(UNUSED_PID)).toBeUndefined();
  expect(processStartedMs(UNUSED_PID)).toBeUndefined();
  expect(runsProgram(UNUSED_PID, ["node"])).toBeUndefined();
});

test("the start time of a child is between that of its parent and now", async ({ onTestFinished }) => {
  const child = spawn("sleep", ["1000"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  const startedMs = processStartedMs(child.pid ?? 0) ?? 0;
  expect(processStartedMs(process.pid)).toBe(performance.timeOrigin);
  expect(startedMs).toBeGreaterThanOrEqual(performance.timeOrigin);
  expect(startedMs).toBeLessThanOrEqual(Date.now() + 1000);
});

/** Starts a process that ends, prints its id, and never reaps it. */
const CARELESS = `const { pid } = require("node:child_process").spawn("true");
require("node:fs").writeSync(1, String(pid));
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`;

test("a process that has ended and is not reaped has no start time", async ({ onTestFinished }) => {
  const parent = spawn(process.execPath, ["-e", CARELESS], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const [text] = await once(parent.stdout, "data");
  const pid = Number(String(text));
  while (processStart(pid) !== undefined) await new Promise(setImmediate);
  expect(runsProgram(pid, ["true"])).toBe(false);
});
