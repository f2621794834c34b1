import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { MANY_FUNCTIONS } from "../src/core/abilities.ts";
import { JobFunction } from "../src/core/entities.ts";
import type { JobQueues } from "../src/core/job-queues.ts";
import { HIGH, LOW, NORMAL } from "../src/core/job-request.ts";
import type { QueueRules } from "../src/core/queue-events.ts";
import { finish, grab, peer, queues, request } from "./jobs.ts";

const names = ["a", "b", "c", "d"];
const action = fc.oneof(
  fc.record({
    kind: fc.constantFrom("submit" as const, "abandon" as const),
    name: fc.constantFrom(...names),
    priority: fc.constantFrom(HIGH, NORMAL, LOW),
  }),
  fc.record({
    kind: fc.constantFrom("canDo" as const, "cantDo" as const),
    name: fc.constantFrom(...names),
  }),
  fc.record({ kind: fc.constantFrom("grab" as const, "sleep" as const) }),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** The jobs of a worker, which may have many further functions without jobs. */
function outcome(actions: readonly Action[], rules: Partial<QueueRules>, further: number): unknown[] {
  const { queues: all } = queues(rules);
  const [client, worker] = [peer(1), peer(2)];
  const got: unknown[] = [];
  const perform = (one: Action): void => {
    if (one.kind === "submit") all.submit(request({ ...one, function: one.name }), client);
    else if (one.kind === "abandon") abandon(all, request({ ...one, function: one.name, background: false }));
    else if (one.kind === "canDo") all.canDo(worker, one.name, 0);
    else if (one.kind === "cantDo") finish(all.cantDo(worker, one.name));
    else if (one.kind === "grab") got.push(grab(all, worker)?.handle);
    else while (all.sleep(worker) === "again");
  };
  for (let n = 0; n < further; n++) all.canDo(worker, `further ${n}`, 0);
  for (const one of actions) perform(one);
  return [...got, worker.heard, [...all.jobs].map((job) => [job.handle, job.worker?.id])];
}

function abandon(all: JobQueues, asked: ReturnType<typeof request>): void {
  const client = peer(3);
  all.submit(asked, client);
  finish(all.disconnect(client));
}

test.for([
  ["2.0", false],
  ["2.0", true],
  ["1.1", false],
  ["1.1", true],
] as const)(
  "a worker with many functions gets the same jobs, compat %s, round robin %s",
  ([compat, roundRobin]) => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const rules = { compat, roundRobin };
        const few = outcome(actions, rules, 0);
        expect(outcome(actions, rules, MANY_FUNCTIONS + 1)).toEqual(few);
        expect(outcome(actions, rules, MANY_FUNCTIONS - 2)).toEqual(few); // exceeds the limit on the way
      }),
    );
  },
);

test("many-functions: the search for a job visits few of 10,000 functions", () => {
  const { queues: all } = queues({
    maxFunctions: 20_000,
    maxFunctionsPerConnection: 20_000,
    roundRobin: true,
  });
  const worker = peer(1);
  for (let n = 0; n < 10_000; n++) all.canDo(worker, `f${n}`, 0);
  for (let n = 0; n < 10_000; n++) all.submit(request({ function: `f${n}` }), peer(2));
  const looks = vi.spyOn(JobFunction.prototype, "queue");
  try {
    for (let n = 9_999; n >= 0; n--) expect(grab(all, worker)?.function.name).toBe(`f${n}`);
    expect(grab(all, worker)).toBeUndefined();
    expect(looks.mock.calls.length / 10_000).toBeLessThan(20);
  } finally {
    looks.mockRestore();
  }
});

test("abandoned jobs are dropped a few at a time", () => {
  const { queues: all, gone } = queues();
  const [client, worker] = [peer(1), peer(2)];
  for (let n = 0; n < 1000; n++) all.submit(request({ background: false }), client);
  finish(all.disconnect(client));
  const wanted = all.submit(request(), peer(3));
  all.canDo(worker, "f", 0);
  let calls = 0;
  for (let before = 0; all.sleep(worker) === "again"; before = gone.length) {
    calls += 1;
    expect(gone.length - before).toBeLessThan(10);
  }
  expect([gone.length, calls > 100, worker.heard]).toEqual([1000, true, [6]]);
  expect(grab(all, worker)).toBe(wanted);
});
