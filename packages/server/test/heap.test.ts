import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "../src/core/heap.ts";

interface Item {
  readonly key: number;
  readonly order: number;
}

const newHeap = () => new Heap<Item>((a, b) => a.key < b.key || (a.key === b.key && a.order < b.order));

test("returns the least item first", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 })), (keys) => {
      const heap = newHeap();
      const items = keys.map((key, order) => ({ key, order }));
      for (const one of items) heap.push(one);
      const wanted = items.toSorted((a, b) => a.key - b.key || a.order - b.order);
      expect(heap.first).toBe(wanted[0]);
      expect(items.map(() => heap.shift())).toEqual(wanted);
      expect([heap.length, heap.shift()]).toEqual([0, undefined]);
    }),
  );
});

test("clear empties it and returns its items", () => {
  const heap = newHeap();
  const items = [3, 1, 2].map((key, order) => ({ key, order }));
  for (const one of items) heap.push(one);
  expect(new Set(heap.clear())).toEqual(new Set(items));
  expect([heap.length, heap.first]).toEqual([0, undefined]);
});
