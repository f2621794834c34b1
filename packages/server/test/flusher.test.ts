import { expect, test } from "vitest";
import { Flusher } from "../src/flusher.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("all are flushed once at the end of the turn, in order, then the waiting callbacks run", async () => {
  const flusher = new Flusher();
  const seen: string[] = [];
  flusher.afterwards(() => seen.push("afterwards"));
  for (const name of ["one", "two"]) flusher.add({ flush: () => seen.push(name) });
  await Promise.resolve();
  expect(seen).toEqual([]);
  await turn();
  expect(seen).toEqual(["one", "two", "afterwards"]);
  await turn();
  expect(seen).toHaveLength(3);
});

test("one added during the flush is flushed afterwards", async () => {
  const flusher = new Flusher();
  const seen: string[] = [];
  flusher.add({
    flush: () => {
      seen.push("first");
      flusher.add({ flush: () => seen.push("second") });
    },
  });
  await turn();
  expect(seen).toEqual(["first"]);
  await turn();
  expect(seen).toEqual(["first", "second"]);
});

test("buffers are reused; small, huge and surplus ones are not kept", () => {
  const flusher = new Flusher();
  const one = flusher.takeBuffer(100);
  expect(one.length).toBeGreaterThanOrEqual(100);
  flusher.giveBack(one);
  expect(flusher.takeBuffer(100)).toBe(one);
  for (const size of [1000, 100_000]) {
    const other = Buffer.alloc(size);
    flusher.giveBack(other);
    expect(flusher.takeBuffer(100)).not.toBe(other);
  }
  flusher.giveBack(one);
  expect(flusher.takeBuffer(one.length + 1).length).toBeGreaterThan(one.length);
  const many = Array.from({ length: 20 }, () => Buffer.alloc(8192));
  for (const buffer of many) flusher.giveBack(buffer);
  const taken = new Set(Array.from({ length: 20 }, () => flusher.takeBuffer(1)));
  expect(many.filter((buffer) => taken.has(buffer))).toHaveLength(16);
});
