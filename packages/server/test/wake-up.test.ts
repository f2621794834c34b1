import { expect, test } from "vitest";
import { addAbility, removeAbility } from "../src/core/abilities.ts";
import { JobFunction } from "../src/core/job-function.ts";
import { wakeWorkers } from "../src/core/wake-up.ts";
import { peer } from "./jobs.ts";

function ring(size: number) {
  const jobFunction = new JobFunction("f");
  const peers = Array.from({ length: size }, (_, id) => peer(id));
  for (const one of peers) {
    addAbility(one, jobFunction, 0);
    one.isAsleep = true;
  }
  /** Who is woken by one job with that limit; all sleep again afterwards. */
  const wakes = (limit: number): number[] => {
    const before = peers.map((one) => one.heard.length);
    wakeWorkers(jobFunction, limit);
    const woken = peers.filter((one, index) => one.heard.length > (before[index] ?? 0));
    for (const one of peers) one.isAsleep = true;
    return woken.map((one) => one.id);
  };
  return { jobFunction, peers, wakes };
}

test("with a limit the workers take turns", () => {
  const { wakes } = ring(3);
  expect([wakes(1), wakes(1), wakes(1), wakes(1), wakes(2), wakes(0)]).toEqual([
    [0],
    [1],
    [2],
    [0],
    [1, 2],
    [0, 1, 2],
  ]);
});

test("the ring survives that workers leave it", () => {
  const { jobFunction, peers, wakes } = ring(4);
  expect([wakes(1), wakes(1)]).toEqual([[0], [1]]); // the ring starts at 2 now
  removeAbility(peers[0] as (typeof peers)[0], jobFunction);
  expect(wakes(1)).toEqual([2]);
  removeAbility(peers[3] as (typeof peers)[0], jobFunction);
  expect([wakes(1), wakes(1), wakes(1)]).toEqual([[1], [2], [1]]);
});

test("who is awake is passed over, and the count of sleepers stays right", () => {
  const { jobFunction, peers } = ring(3);
  const [first, second, third] = peers as [(typeof peers)[0], (typeof peers)[0], (typeof peers)[0]];
  first.isAsleep = false;
  removeAbility(second, jobFunction);
  expect(jobFunction.sleepers).toBe(1);
  wakeWorkers(jobFunction, 0);
  expect([first, second, third].map((one) => one.heard)).toEqual([[], [], [6]]);
  addAbility(second, jobFunction, 0);
  expect(jobFunction.sleepers).toBe(1);
  second.isAsleep = false;
  expect(jobFunction.sleepers).toBe(0);
});

test("one that is closed because it does not read is not looked at, and hides nobody", () => {
  for (const leaver of [0, 1, 2, 3])
    for (const ringStart of [0, 1, 2, 3]) {
      const { jobFunction, peers } = ring(4);
      jobFunction.ringStart = ringStart;
      const gone = peers[leaver] as (typeof peers)[0];
      Object.assign(gone, { send: () => removeAbility(gone, jobFunction) });
      wakeWorkers(jobFunction, 0);
      expect(jobFunction.sleepers, `${leaver} of a ring that starts at ${ringStart}`).toBe(0);
      expect(jobFunction.workers).toHaveLength(3);
    }
});
