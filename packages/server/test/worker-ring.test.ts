import { expect, test } from "vitest";
import { MANY_FUNCTIONS } from "../src/core/abilities.ts";
import { Ability, JobFunction, type Peer } from "../src/core/entities.ts";
import { wake } from "../src/core/wake-up.ts";
import { peer } from "./jobs.ts";

function addAbility(one: Peer, jobFunction: JobFunction): void {
  const ability = new Ability(one, jobFunction, 0);
  jobFunction.workers.add(ability);
  one.abilities.add(ability);
}

function removeAbility(one: Peer, jobFunction: JobFunction): void {
  const ability = one.abilities.find(jobFunction);
  if (ability === undefined) return;
  one.abilities.delete(ability);
  jobFunction.workers.delete(ability);
}

/** Gives `one` more functions than are searched one by one. */
function giveMany(one: Peer): void {
  for (let n = 0; n <= MANY_FUNCTIONS; n++) addAbility(one, new JobFunction(`many${n}`));
}

const wakeWorkers = (jobFunction: JobFunction, limit: number) => jobFunction.workers.wake(limit, wake);

/** @param isMany selects the peers with many functions */
function ring(size: number, isMany: (id: number) => boolean = () => false) {
  const jobFunction = new JobFunction("f");
  const peers = Array.from({ length: size }, (_, id) => peer(id));
  for (const one of peers) {
    addAbility(one, jobFunction);
    if (isMany(one.id)) giveMany(one);
    one.isAsleep = true;
  }
  /** The peers woken by one job with that limit; all sleep again afterwards. */
  const wakes = (limit: number): number[] => {
    const before = peers.map((one) => one.heard.length);
    wakeWorkers(jobFunction, limit);
    const woken = peers.filter((one, index) => one.heard.length > (before[index] ?? 0));
    for (const one of peers) one.isAsleep = true;
    return woken.map((one) => one.id);
  };
  return { jobFunction, peers, wakes };
}

test.for([
  ["few", () => false],
  ["many", () => true],
  ["some many", (id: number) => id === 1],
] as const)("with a limit the workers take turns, %s functions", ([, isMany]) => {
  const { wakes } = ring(3, isMany);
  expect([wakes(1), wakes(1), wakes(1), wakes(1), wakes(2), wakes(0)]).toEqual([
    [0],
    [1],
    [2],
    [0],
    [1, 2],
    [0, 1, 2],
  ]);
});

test("the ring stays valid when workers leave", () => {
  const { jobFunction, peers, wakes } = ring(4);
  expect([wakes(1), wakes(1)]).toEqual([[0], [1]]); // the ring starts at 2 now
  removeAbility(peers[0] as (typeof peers)[0], jobFunction);
  expect(wakes(1)).toEqual([2]);
  removeAbility(peers[3] as (typeof peers)[0], jobFunction);
  expect([wakes(1), wakes(1), wakes(1)]).toEqual([[1], [2], [1]]);
});

test("awake workers are skipped, and the count of sleepers is correct", () => {
  const { jobFunction, peers } = ring(3);
  const [first, second, third] = peers as [(typeof peers)[0], (typeof peers)[0], (typeof peers)[0]];
  first.isAsleep = false;
  removeAbility(second, jobFunction);
  expect(jobFunction.workers.sleepers).toBe(1);
  wakeWorkers(jobFunction, 0);
  expect([first, second, third].map((one) => one.heard)).toEqual([[], [], [6]]);
  addAbility(second, jobFunction);
  expect(jobFunction.workers.sleepers).toBe(1);
  second.isAsleep = false;
  expect(jobFunction.workers.sleepers).toBe(0);
});

test("a worker that gets many functions while asleep is counted and woken once", () => {
  const { jobFunction, peers } = ring(2);
  const [first] = peers as [(typeof peers)[0]];
  giveMany(first);
  expect(jobFunction.workers.sleepers).toBe(2);
  wakeWorkers(jobFunction, 0);
  wakeWorkers(jobFunction, 0);
  expect(peers.map((one) => one.heard)).toEqual([[6], [6]]);
  expect(jobFunction.workers.sleepers).toBe(0);
  removeAbility(first, jobFunction);
  expect([...jobFunction.workers].map((one) => one.peer)).toEqual([peers[1]]);
});

test("workers that leave while another one is woken do not hide the others", () => {
  for (const leavers of [[0], [1], [2], [3], [0, 1], [1, 2], [0, 3], [0, 1, 2, 3]])
    for (const ringStart of [0, 1, 2, 3]) {
      const { jobFunction, peers, wakes } = ring(4);
      if (ringStart > 0) wakes(ringStart);
      const leave = () => {
        for (const id of leavers) removeAbility(peers[id] as Peer, jobFunction);
      };
      for (const one of peers) Object.assign(one, { send: leave });
      wakeWorkers(jobFunction, 0);
      expect(jobFunction.workers.sleepers, `${leavers} of a ring that starts at ${ringStart}`).toBe(0);
      expect(jobFunction.workers.size).toBe(4 - leavers.length);
      expect([...jobFunction.workers]).toHaveLength(4 - leavers.length);
    }
});
