import { describe, expect, test } from "vitest";
import { GrabLoop } from "../src/worker/grab-loop.ts";

const grabs = (count: number) => ({ grabs: count, preSleep: false });
const PRE_SLEEP = { grabs: 0, preSleep: true };
const NOTHING = { grabs: 0, preSleep: false };

test("grabs up to the capacity, not more", () => {
  const loop = new GrabLoop(3);
  expect(loop.plan(false)).toEqual(grabs(3));
  expect(loop.plan(false)).toEqual(NOTHING);
  loop.assigned();
  expect(loop.plan(false)).toEqual(NOTHING); // one in hand, two asked for
  loop.released();
  expect(loop.plan(false)).toEqual(grabs(1));
});

test("asks for at most sixteen at a time", () => {
  const loop = new GrabLoop(100);
  expect(loop.plan(false)).toEqual(grabs(16));
  for (let i = 0; i < 16; i++) loop.assigned();
  expect(loop.plan(false)).toEqual(grabs(16));
});

test("sleeps only when every grab is answered, and once", () => {
  const loop = new GrabLoop(2);
  loop.plan(false);
  loop.noJob();
  expect(loop.plan(false)).toEqual(NOTHING);
  loop.noJob();
  expect(loop.plan(false)).toEqual(PRE_SLEEP);
  expect(loop.asleep).toBe(true);
  expect(loop.plan(false)).toEqual(NOTHING);
});

test("X6: after NOOP there is always a grab before the next PRE_SLEEP", () => {
  const loop = new GrabLoop(1);
  loop.plan(false);
  loop.noJob();
  loop.plan(false);
  loop.wake();
  expect(loop.plan(false)).toEqual(grabs(1));
  loop.noJob();
  expect(loop.plan(false)).toEqual(PRE_SLEEP);
});

test("a NOOP without room is remembered until there is room", () => {
  const loop = new GrabLoop(2);
  loop.plan(false);
  loop.assigned();
  loop.noJob();
  expect(loop.plan(false)).toEqual(PRE_SLEEP);
  loop.capacity = 1;
  loop.wake();
  expect(loop.plan(false)).toEqual(NOTHING);
  loop.released();
  expect(loop.plan(false)).toEqual(grabs(1));
});

test("a released job does not wake a sleeping worker: the server will", () => {
  const loop = new GrabLoop(2);
  loop.plan(false);
  loop.assigned();
  loop.noJob();
  loop.plan(false);
  loop.released();
  expect(loop.plan(false)).toEqual(NOTHING);
});

describe("paused", () => {
  test("asks for nothing, still goes to sleep, and remembers the NOOP", () => {
    const loop = new GrabLoop(1);
    loop.plan(false);
    loop.paused = true;
    loop.noJob();
    expect(loop.plan(false)).toEqual(PRE_SLEEP);
    loop.wake();
    expect(loop.plan(false)).toEqual(NOTHING);
    loop.paused = false;
    expect(loop.plan(false)).toEqual(grabs(1));
  });

  test("blocked is the same for another reason", () => {
    const loop = new GrabLoop(1);
    expect(loop.plan(true)).toEqual(NOTHING);
    expect(loop.plan(false)).toEqual(grabs(1));
  });
});

test("a new connection owes no answers, but jobs in hand keep their places", () => {
  const loop = new GrabLoop(3);
  loop.plan(false);
  loop.assigned();
  loop.restart();
  expect(loop.outstanding).toBe(0);
  expect(loop.plan(false)).toEqual(grabs(2));
  loop.released();
  expect(loop.plan(false)).toEqual(grabs(1));
});

test("answers to nothing are refused", () => {
  const loop = new GrabLoop(1);
  expect([loop.assigned(), loop.noJob(), loop.held]).toEqual([false, false, 0]);
});

test("capacity 0 and a capacity below what is in hand ask for nothing", () => {
  const loop = new GrabLoop(0);
  expect(loop.plan(false)).toEqual(NOTHING);
  loop.capacity = 2;
  loop.plan(false);
  loop.assigned();
  loop.assigned();
  loop.capacity = 1;
  expect(loop.plan(false)).toEqual(NOTHING);
});
