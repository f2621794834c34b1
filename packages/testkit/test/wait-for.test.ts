import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { waitFor, waitForEvent } from "../src/wait-for.ts";

test("waitForEvent returns the first matching event", async () => {
  const emitter = new EventEmitter();
  const seen = waitForEvent(emitter, "number", (n) => n === 2);
  emitter.emit("number", 1);
  await Promise.resolve();
  queueMicrotask(() => emitter.emit("number", 2));
  setImmediate(() => emitter.emit("number", 2));
  expect(await seen).toEqual([2]);
  expect(emitter.listenerCount("number")).toBe(0);
});

test("waitForEvent rejects with TIMEOUT and leaves no listener", async () => {
  const emitter = new EventEmitter();
  await expect(waitForEvent(emitter, "never", undefined, 1)).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(emitter.listenerCount("never")).toBe(0);
});

test("waitFor returns the value, or rejects with what it waited for", async () => {
  let looks = 0;
  expect(await waitFor("third look", () => ++looks === 3 && "found")).toBe("found");
  await expect(waitFor("the moon", () => false, 1)).rejects.toThrow(/the moon/);
});
