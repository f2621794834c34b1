import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../src/index.ts";

interface Pair {
  readonly fifo: Fifo<number>;
  readonly model: number[];
}
type Action = (pair: Pair) => void;

const items = fc.array(fc.integer(), { maxLength: 40 });
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: items.map(
      (pushed): Action =>
        ({ fifo, model }) => {
          for (const item of pushed) fifo.push(item);
          model.push(...pushed);
        },
    ),
  },
  {
    weight: 8,
    arbitrary: fc.constant<Action>(({ fifo, model }) => expect(fifo.shift()).toBe(model.shift())),
  },
  {
    weight: 2,
    arbitrary: items.map(
      (front): Action =>
        ({ fifo, model }) => {
          fifo.unshiftAll(front);
          model.unshift(...front);
        },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.nat({ max: 40 }).map(
      (at): Action =>
        ({ fifo, model }) => {
          const item = model[at];
          expect(fifo.at(at)).toBe(item);
          if (item === undefined) return;
          expect(fifo.remove(item)).toBe(true);
          model.splice(model.indexOf(item), 1);
          if (!model.includes(item)) expect(fifo.remove(item)).toBe(false);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Action>(({ fifo, model }) => expect(fifo.takeAll()).toEqual(model.splice(0))),
  },
);

test("behaves like an array", () => {
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      const pair: Pair = { fifo: new Fifo(), model: [] };
      for (const one of actions) {
        one(pair);
        expect([pair.fifo.length, pair.fifo.first]).toEqual([pair.model.length, pair.model[0]]);
      }
      expect(pair.fifo.takeAll()).toEqual(pair.model);
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
  for (const count of [1, 1, 1, 700, 3000, 1, 70_000, 1, 3000]) {
    for (let n = 0; n < count; n++) fifo.push(n);
    const taken = Array.from({ length: count }, () => fifo.shift());
    expect(taken.every((item, n) => item === n)).toBe(true);
    expect(fifo.shift()).toBe(undefined);
  }
});

test("an empty ring is halved each time that it is trimmed, one with entries is not", () => {
  const fifo = new Fifo<number>();
  for (let n = 0; n < 60_000; n++) fifo.push(n);
  fifo.trim();
  expect(fifo.capacity).toBe(65_536);
  for (let n = 0; n < 60_000; n++) expect(fifo.shift()).toBe(n);
  expect(fifo.capacity).toBe(65_536);
  const capacities = Array.from({ length: 8 }, () => {
    fifo.trim();
    return fifo.capacity;
  });
  expect(capacities).toEqual([32_768, 16_384, 8192, 4096, 2048, 1024, 1024, 1024]);
  fifo.push(1);
  expect(fifo.shift()).toBe(1);
});
