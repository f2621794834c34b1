import { expect, test } from "vitest";
import { WorkerRuns } from "../src/worker-runs.ts";

const run = (boot: number) => ({
  keyId: Buffer.alloc(8, 1),
  epoch: 1,
  bootId: Buffer.alloc(16, boot),
  counter: 1,
});

test("the newest run of each worker of an identity is known", () => {
  const runs = new WorkerRuns();
  runs.learn("a", "w1", run(1));
  runs.learn("a", "w1", run(2));
  runs.learn("b", "w1", run(3));
  expect([...runs.of("a")]).toEqual([["w1", run(2)]]);
  expect([...runs.of("c")]).toEqual([]);
});

test("what is kept does not change with the message that it was read from", () => {
  const runs = new WorkerRuns();
  const given = run(1);
  runs.learn("a", "w1", given);
  given.bootId.fill(9);
  expect(runs.of("a").get("w1")).toEqual(run(1));
});

test("of many workers and identities the oldest are forgotten", () => {
  const runs = new WorkerRuns();
  for (let at = 0; at < 20; at++) runs.learn("a", `w${at}`, run(at));
  expect([...runs.of("a").keys()]).toEqual(Array.from({ length: 16 }, (_, at) => `w${at + 4}`));
  for (let at = 0; at < 10_000; at++) runs.learn(`i${at}`, "w", run(1));
  expect([runs.of("a").size, runs.of("i0").size]).toEqual([0, 1]);
});
