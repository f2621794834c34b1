import { expect, test } from "vitest";
import { Slicer } from "../src/slicer.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work of `count` steps that counts those done. */
function work(count: number) {
  const one = {
    done: 0,
    step(): boolean {
      if (one.done === count) return false;
      one.done += 1;
      return true;
    },
  };
  return one;
}

test("short work is completed at once", () => {
  const slicer = new Slicer(100);
  const works = [work(10), work(20)];
  for (const one of works) slicer.run(one);
  expect(works.map((one) => one.done)).toEqual([10, 20]);
});

test("one turn performs a limited number of steps, however much work there is", async () => {
  const slicer = new Slicer(1000);
  const works = Array.from({ length: 20 }, () => work(900));
  const total = () => works.reduce((sum, one) => sum + one.done, 0);
  for (const one of works) slicer.run(one);
  for (let before = 0; before < 20 * 900; before = total()) {
    expect(total() - before).toBeLessThanOrEqual(1000);
    await turn();
  }
});

test("pending works take turns", async () => {
  const slicer = new Slicer(600);
  const [long, short] = [work(100_000), work(10)];
  slicer.run(long);
  slicer.run(short);
  await turn();
  expect([short.done, long.done < 2000]).toEqual([10, true]);
});

test("work that waits for something else is not called until it is run again", async () => {
  const slicer = new Slicer(10);
  let calls = 0;
  const one = {
    step(): boolean {
      calls += 1;
      return false;
    },
  };
  slicer.run(one);
  await turn();
  expect(calls).toBe(1);
  slicer.run(one);
  expect(calls).toBe(2);
});

test("work may start other work, and close ends all", async () => {
  const slicer = new Slicer(10);
  const inner = work(100);
  const step = (): boolean => {
    slicer.run(inner);
    return false;
  };
  slicer.run({ step });
  expect(inner.done).toBeGreaterThan(0);
  slicer.close();
  const { done } = inner;
  await turn();
  slicer.run(inner);
  await turn();
  expect(inner.done).toBe(done);
});
