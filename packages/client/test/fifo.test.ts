import { expect, test } from "vitest";
import { Fifo } from "../src/fifo.ts";

test("keeps order through pushes, shifts, compaction and entries put in front", () => {
  const fifo = new Fifo<number>();
  const model: (number | undefined)[] = [];
  const taken: (number | undefined)[] = [];
  const expected: (number | undefined)[] = [];
  for (let i = 0; i < 5000; i++) {
    fifo.push(i);
    model.push(i);
    if (i % 3 !== 0) {
      taken.push(fifo.shift());
      expected.push(model.shift());
    }
    if (i % 1000 === 999) {
      fifo.unshiftAll([-i, -i - 1]);
      model.unshift(-i, -i - 1);
    }
    if (fifo.length !== model.length || fifo.first !== model[0]) throw new Error(`differs after step ${i}`);
  }
  expect(taken).toEqual(expected);
  expect(fifo.takeAll()).toEqual(model);
  expect([fifo.length, fifo.first, fifo.shift()]).toEqual([0, undefined, undefined]);
});
