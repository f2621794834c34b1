import { expect, test } from "vitest";
import { findStale } from "../src/stale-queues.ts";

const NOW = 1_000_000;
const queue = (name: string, workers: number, waiting = 0) => ({ name, workers, waiting, running: 0 });
const find = (queues: ReturnType<typeof queue>[], known?: [string, number][]) => {
  const memory = known === undefined ? undefined : new Map(known);
  const { stale, since } = findStale(queues, memory, { nowSeconds: NOW, graceSeconds: 60 });
  return { stale: [...stale], since: [...since] };
};

test("only status queues without worker count, with or without jobs", () =>
  expect(
    find([queue("worker_a", 0, 3), queue("worker_b", 1), queue("service", 0), queue("my_worker_c", 0)]),
  ).toEqual({
    stale: ["worker_a"],
    since: [["worker_a", NOW]],
  }));

test.for<[string, [string, number][], string[], number]>([
  ["seen for the first time", [], [], NOW],
  ["gone for less than the grace time", [["worker_a", NOW - 59]], [], NOW - 59],
  ["gone for the grace time", [["worker_a", NOW - 60]], ["worker_a"], NOW - 60],
  ["the clock was set back", [["worker_a", NOW + 500]], [], NOW],
])("with a memory: %s", ([, known, stale, since]) =>
  expect(find([queue("worker_a", 0)], known)).toEqual({ stale, since: [["worker_a", since]] }),
);

test("the time restarts for a worker that returned; queues that are gone are dropped", () =>
  expect(
    find(
      [queue("worker_a", 1)],
      [
        ["worker_a", 1],
        ["worker_b", 1],
      ],
    ),
  ).toEqual({ stale: [], since: [] }));
