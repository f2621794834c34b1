import * as fs from "node:fs";
import { afterEach, expect, test, vi } from "vitest";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

vi.mock("node:fs", async (original) => ({ ...(await original<typeof fs>()) }));

/** The module in its initial state. */
async function load() {
  vi.resetModules();
  const { randomUnique } = await import("../src/submit/random-unique.ts");
  return () => randomUnique().toString("latin1");
}

afterEach(() => vi.restoreAllMocks());

test("keys are distinct lower-case UUIDs of version 4", async () => {
  const next = await load();
  const keys = Array.from({ length: 5000 }, next);
  for (const key of keys) expect(key).toMatch(UUID);
  expect(new Set(keys).size).toBe(5000);
});

test("every digit occurs at every free position", async () => {
  const next = await load();
  const keys = Array.from({ length: 2000 }, next);
  for (let place = 0; place < 36; place++) {
    const seen = new Set(keys.map((key) => key[place])).size;
    expect(seen, String(place)).toBe([8, 13, 14, 18, 23].includes(place) ? 1 : place === 19 ? 4 : 16);
  }
});

test("one key reads few random bytes, many keys read them in blocks", async () => {
  const next = await load();
  const read = vi.spyOn(fs, "readSync");
  next();
  expect(read.mock.calls.map(([, buffer]) => buffer.byteLength)).toEqual([64]);
  for (let count = 1; count < 4 + 1024; count++) next();
  expect(read).toHaveBeenCalledTimes(2);
});

test.for([
  ["no descriptor is left", "openSync"],
  ["the device gives nothing", "readSync"],
] as const)("keys are random also when %s", async ([, call]) => {
  const next = await load();
  vi.spyOn(fs, call).mockImplementation(() => {
    throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
  });
  const keys = Array.from({ length: 100 }, next);
  for (const key of keys) expect(key).toMatch(UUID);
  expect(new Set(keys).size).toBe(100);
});
