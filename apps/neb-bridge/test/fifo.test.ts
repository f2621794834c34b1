import { expect, test } from "vitest";

import { Fifo } from "../src/fifo.ts";

test("first in, first out, over thousands of entries with a few waiting", () => {
  const fifo = new Fifo<number>();
  const out: (number | undefined)[] = [];
  for (let i = 0; i < 5_000; i += 1) {
    fifo.push(i);
    if (i >= 100) out.push(fifo.shift());
  }
  expect(fifo.length).toBe(100);
  expect(fifo.first).toBe(4_900);
  expect(out).toEqual(Array.from({ length: 4_900 }, (_, i) => i));
});

test("entries put back are the first again, in their order", () => {
  const fifo = new Fifo<string>();
  for (const one of ["a", "b", "c"]) fifo.push(one);
  fifo.shift();
  fifo.unshiftAll(["x", "y"]);
  expect(fifo.takeAll()).toEqual(["x", "y", "b", "c"]);
  expect(fifo.shift()).toBeUndefined();
  expect(fifo.length).toBe(0);
});
