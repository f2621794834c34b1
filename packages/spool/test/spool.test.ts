import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { bytes, openFor, segmentFiles, waiting } from "./fixtures.ts";

test("records are returned in order, stay until acknowledged, and survive a restart", (task) => {
  const folder = join(tmpFolder(task), "deep", "spool");
  const first = openFor(task, folder);
  for (const text of ["one", "", "three \xff\0\n"]) expect(first.append(bytes(text))).toBe(true);
  expect(waiting(first)).toEqual(["one", "", "three \xff\0\n"]);
  expect(waiting(first)).toHaveLength(3);
  const [one] = first.peek(1);
  first.acknowledge(one?.id ?? -1);
  expect(first.length).toBe(2);
  first.close();

  const second = openFor(task, folder);
  expect(second.length).toBe(2);
  expect(waiting(second)).toEqual(["", "three \xff\0\n"]);
});

test("peek with an id returns the records after it", (task) => {
  const spool = openFor(task, tmpFolder(task));
  for (const text of ["a", "b", "c", "d"]) spool.append(bytes(text));
  const flying = spool.peek(2);
  const next = spool.peek(10, flying.at(-1)?.id);
  expect(next.map(({ record }) => record.toString())).toEqual(["c", "d"]);
});

test("peek stops at a number of bytes, but returns at least one record", (task) => {
  const spool = openFor(task, tmpFolder(task));
  for (let count = 0; count < 200; count++) spool.append(Buffer.alloc(1000));
  expect(spool.peek(500, -1, 5000)).toHaveLength(5);
  expect(spool.peek(500, -1, 1)).toHaveLength(1);
  const far = spool.peek(500, -1, 100_000); // across the end of a file
  expect(far.length).toBeGreaterThan(90);
  expect(far.length).toBeLessThan(105);
  expect(spool.peek(500, far.at(-1)?.id, 1_000_000)).toHaveLength(200 - far.length);
});

test("records may be acknowledged out of order or twice; unknown ids are ignored", (task) => {
  const folder = tmpFolder(task);
  const spool = openFor(task, folder);
  for (const text of ["a", "b", "c"]) spool.append(bytes(text));
  const ids = spool.peek(3).map(({ id }) => id);
  for (const id of [ids[1], ids[1], 99, -1, 0.5, Number.NaN]) spool.acknowledge(id ?? -1);
  expect(waiting(spool)).toEqual(["a", "c"]);
  spool.close();
  expect(waiting(openFor(task, folder))).toEqual(["a", "c"]);
});

test("an empty spool has no file except the lock, a closed one none", (task) => {
  const folder = tmpFolder(task);
  const spool = openFor(task, folder);
  for (let count = 0; count < 3; count++) spool.append(bytes("x"));
  for (const { id } of spool.peek(3)) spool.acknowledge(id);
  expect([spool.length, spool.bytes, readdirSync(folder)]).toEqual([0, 0, ["lock"]]);
  expect(spool.append(bytes("y"))).toBe(true);
  expect(waiting(spool)).toEqual(["y"]);
  for (const { id } of spool.peek(3)) spool.acknowledge(id);
  spool.close();
  expect(readdirSync(folder)).toEqual([]);
});

test("at most maxBytes are on disk; other records are refused, logged once a minute and not counted as dropped", (task) => {
  const folder = tmpFolder(task);
  const lines: string[] = [];
  let now = 0;
  const options = {
    maxBytes: 100_000,
    clock: () => now,
    logger: { warn: (text: string) => lines.push(text) },
  };
  const spool = openFor(task, folder, options);
  let kept = 0;
  for (let count = 0; count < 300; count++) if (spool.append(Buffer.alloc(1000, count))) kept++;
  expect(kept).toBeGreaterThan(90);
  expect([spool.length, spool.dropped]).toEqual([kept, 0]);
  const onDisk = readdirSync(folder).filter((name) => name !== "lock");
  expect(onDisk.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)).toBeLessThanOrEqual(
    100_000,
  );
  expect(spool.bytes).toBeLessThanOrEqual(100_000);
  expect(lines).toEqual([expect.stringContaining("record not kept: it is full (100000 bytes)")]);
  expect([spool.hasRoom(1000), spool.hasRoom(200_000), spool.dropped]).toEqual([false, false, 0]);
  now = 60_000;
  expect(spool.append(Buffer.alloc(1000))).toBe(false);
  expect(lines[1]).toMatch(/\(\d{3} not kept since the last line\)$/);
});

test("space is freed file by file as records are acknowledged", (task) => {
  const folder = tmpFolder(task);
  const spool = openFor(task, folder, { maxBytes: 100_000 });
  while (spool.append(Buffer.alloc(1000)));
  const files = segmentFiles(folder).length;
  expect(files).toBeGreaterThan(4);
  for (const { id } of spool.peek(20)) spool.acknowledge(id);
  expect(segmentFiles(folder).length).toBeLessThan(files);
  expect(spool.hasRoom(1000)).toBe(true);
  expect(spool.append(Buffer.alloc(1000))).toBe(true);
});

test("a record larger than a file or a read is delivered", (task) => {
  const folder = tmpFolder(task);
  const spool = openFor(task, folder, { maxBytes: 16 << 20, maxRecordBytes: 8 << 20 });
  const large = Buffer.alloc(8 << 20, "L");
  expect([bytes("a"), large, bytes("b")].map((record) => spool.append(record))).toEqual([true, true, true]);
  expect(spool.append(Buffer.alloc((8 << 20) + 1))).toBe(false);
  spool.close();
  const again = openFor(task, folder);
  expect(again.peek(9).map(({ record }) => record.length)).toEqual([1, 8 << 20, 1]);
  expect(again.append(bytes("above its bounds now"))).toBe(false);
});

test("a closed spool accepts, returns and removes nothing", (task) => {
  const spool = openFor(task, tmpFolder(task));
  spool.append(bytes("x"));
  spool.close();
  spool.close();
  spool.acknowledge(0);
  expect([spool.append(bytes("y")), spool.peek(1), spool.length, spool.dropped]).toEqual([false, [], 1, 0]);
});

test("with fsync records are returned as well", (task) => {
  const spool = openFor(task, tmpFolder(task), { fsync: true });
  expect(spool.append(bytes("x"))).toBe(true);
  expect(waiting(spool)).toEqual(["x"]);
});

test("files and folder are accessible to the owner only", (task) => {
  const folder = join(tmpFolder(task), "open");
  mkdirSync(folder, { mode: 0o755 });
  openFor(task, folder).append(bytes("secret"));
  const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
  expect([statSync(folder).mode & 0o777, ...modes]).toEqual([0o700, 0o600, 0o600, 0o600]);
});
