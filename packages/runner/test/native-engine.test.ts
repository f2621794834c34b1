import type { Addon, EngineOptions, PluginEnd } from "@mod-gearman/addon";
import type { PluginOutcome } from "@mod-gearman/base";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NativeEngine } from "../src/native-engine.ts";

const ORDER = {
  argv: [Buffer.from("/bin/true")],
  env: [],
  timeoutMs: 5000,
  maxOutputBytes: 100,
} as const;
const END: PluginEnd = {
  exitCode: 0,
  stdout: Buffer.from("o"),
  stderr: Buffer.alloc(0),
  truncatedBytes: 0,
  timedOut: false,
  aborted: false,
  lingers: false,
  startedMicros: 1,
  finishedMicros: 2,
  usage: { userMicros: 0, systemMicros: 0, maxRssBytes: 0 },
};

/** An addon whose threads answer when the test calls it. */
class SilentAddon implements Addon {
  options: EngineOptions | undefined;
  readonly ids: number[] = [];
  readonly messageCipher = undefined;
  createEngine(options: EngineOptions) {
    this.options = options;
    const start = (id: number) => this.ids.push(id) > 0;
    return { start, abortAll: () => undefined, close: () => undefined };
  }
  exitAfter(): void {}
}

function setUp() {
  const addon = new SilentAddon();
  const hanging: number[] = [];
  const engine = new NativeEngine(addon, { lanes: 1, onHanging: (count) => hanging.push(count) });
  const outcomes: PluginOutcome[] = [];
  const start = () => engine.start(ORDER, (outcome) => outcomes.push(outcome));
  return { addon, engine, hanging, outcomes, start };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a plugin whose thread hangs counts as timed out half a minute after its timeout", () => {
  const { addon, engine, hanging, outcomes, start } = setUp();
  start();
  vi.advanceTimersByTime(35_000);
  expect([outcomes, engine.active, hanging]).toEqual([[], 1, []]);
  vi.advanceTimersByTime(10_000);
  expect(outcomes).toMatchObject([{ timedOut: true, aborted: false, stdout: Buffer.alloc(0) }]);
  const { startedAt = 0n, finishedAt = 0n } = outcomes[0] ?? {};
  expect(finishedAt - startedAt).toBe(40_000_000n);
  expect([engine.active, hanging]).toEqual([0, [1]]);
  // the thread continues in the end
  addon.options?.onEnd(addon.ids[0] ?? 0, END);
  expect(outcomes).toHaveLength(1);
  engine.close();
});

test("a plugin that ended while its group is being killed is dropped without a second outcome", () => {
  const { addon, engine, outcomes, start } = setUp();
  start();
  addon.options?.onEnd(addon.ids[0] ?? 0, { ...END, lingers: true });
  expect([outcomes.length, engine.active]).toEqual([1, 1]);
  vi.advanceTimersByTime(60_000);
  expect([outcomes.length, engine.active]).toEqual([1, 0]);
  engine.close();
});

test.for([
  [undefined, 2000],
  ["at once", 1000],
] as const)("abortAll %s waits no longer than %i ms for a thread that hangs", async ([how, limitMs]) => {
  const { engine, outcomes, start } = setUp();
  start();
  start();
  let isOver = false;
  const aborted = engine.abortAll(how).then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(limitMs - 1);
  expect([outcomes, isOver]).toEqual([[], false]);
  await vi.advanceTimersByTimeAsync(1);
  await aborted;
  expect(outcomes).toMatchObject([{ aborted: true }, { aborted: true }]);
  expect(engine.active).toBe(0);
  engine.close();
});

test("plugins that end in time are not affected, and timers end with the engine", async () => {
  const { addon, engine, outcomes, start } = setUp();
  start();
  const aborted = engine.abortAll();
  addon.options?.onEnd(addon.ids[0] ?? 0, { ...END, aborted: true });
  await aborted;
  engine.close();
  expect(outcomes).toMatchObject([{ aborted: true, stdout: Buffer.from("o") }]);
  expect(vi.getTimerCount()).toBe(0);
});
