import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../src/index.ts";

test("behaves like an array with push and shift", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (actions) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      for (const action of actions) {
        if (action === undefined) expect(fifo.shift()).toBe(model.shift());
        else {
          fifo.push(action);
          model.push(action);
        }
        expect([fifo.length, fifo.first]).toEqual([model.length, model[0]]);
      }
    }),
  );
});

test("keeps its order when it grows, wraps and shrinks", () => {
  const fifo = new Fifo<number>();
  let next = 0;
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 3000; n++) fifo.push(round * 3000 + n);
    for (let n = 0; n < 2500; n++) expect(fifo.shift()).toBe(next++);
  }
  expect(fifo.length).toBe(2500);
  while (fifo.length > 0) expect(fifo.shift()).toBe(next++);
  expect(next).toBe(15_000);
});
