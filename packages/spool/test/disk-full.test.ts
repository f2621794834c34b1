import * as fs from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import type { Disk } from "../src/disk.ts";
import { bytes, crashImage, openFor, segmentFiles, smallDisk, waiting } from "./fixtures.ts";

test("a full disk refuses the record and keeps no part of it; freed space is used again", (task) => {
  const base = tmpFolder(task);
  const room = { bytes: 8 + 2 * (8 + 10) + 5 };
  const lines: string[] = [];
  const logger = { warn: (text: string) => lines.push(text) };
  const spool = openFor(task, join(base, "live"), { disk: smallDisk(room), logger });
  expect(["a", "b", "c", "d"].map((text) => spool.append(Buffer.alloc(10, text)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([spool.length, spool.dropped]).toEqual([2, 0]);
  expect(lines).toEqual([expect.stringMatching(/: record not kept: ENOSPC/)]);
  room.bytes = 1000;
  expect(spool.append(Buffer.alloc(10, "e"))).toBe(true);
  const after = openFor(task, crashImage(join(base, "live"), join(base, "image")));
  expect(waiting(after)).toEqual(["a".repeat(10), "b".repeat(10), "e".repeat(10)]);
  expect(after.dropped).toBe(0);
});

test("a disk without space for the first record keeps no file", (task) => {
  for (const bytes of [0, 4, 8, 12]) {
    const folder = tmpFolder(task);
    const spool = openFor(task, folder, { disk: smallDisk({ bytes }) });
    expect(spool.append(Buffer.alloc(10))).toBe(false);
    expect([spool.bytes, fs.readdirSync(folder)]).toEqual([0, ["lock"]]);
  }
});

test("if the partial record cannot be truncated either, the next one goes to a new file", (task) => {
  const base = tmpFolder(task);
  const room = { bytes: 8 + 18 + 5 };
  const ftruncateSync: Disk["ftruncateSync"] = () => {
    throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
  };
  const spool = openFor(task, join(base, "live"), { disk: { ...smallDisk(room), ftruncateSync } });
  expect(spool.append(Buffer.alloc(10, "a"))).toBe(true);
  expect(spool.append(Buffer.alloc(10, "b"))).toBe(false);
  room.bytes = 1000;
  expect(spool.append(Buffer.alloc(10, "c"))).toBe(true);
  expect(segmentFiles(join(base, "live"))).toHaveLength(2);
  const after = openFor(task, crashImage(join(base, "live"), join(base, "image")));
  expect(waiting(after)).toEqual(["a".repeat(10), "c".repeat(10)]);
});

test("a done entry that cannot be written causes a warning; the record counts as done", (task) => {
  const base = tmpFolder(task);
  const room = { bytes: 1000 };
  const lines: string[] = [];
  const options = { disk: smallDisk(room), logger: { warn: (text: string) => lines.push(text) } };
  const spool = openFor(task, join(base, "live"), options);
  for (const text of ["a", "b", "c"]) spool.append(bytes(text));
  const [a, b, c] = spool.peek(3);
  room.bytes = 3;
  spool.acknowledge(a?.id ?? -1);
  expect(lines).toEqual([expect.stringContaining("may be delivered again after a crash")]);
  expect(waiting(spool)).toEqual(["b", "c"]);
  room.bytes = 1000;
  spool.acknowledge(b?.id ?? -1);
  const after = openFor(task, crashImage(join(base, "live"), join(base, "image")));
  expect(waiting(after)).toEqual(["a", "c"]);
  spool.acknowledge(c?.id ?? -1);
  expect(spool.bytes).toBe(0);
});

test("a temporarily unreadable file keeps its records", (task) => {
  const folder = tmpFolder(task);
  let fail = true;
  const readSync = ((...all: Parameters<typeof fs.readSync>) => {
    if (fail) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
    return fs.readSync(...all);
  }) as Disk["readSync"];
  const lines: string[] = [];
  const options = { disk: { ...fs, readSync }, logger: { warn: (text: string) => lines.push(text) } };
  const spool = openFor(task, folder, options);
  spool.append(bytes("a"));
  expect([waiting(spool), spool.length]).toEqual([[], 1]);
  expect(lines).toEqual([expect.stringContaining("EIO")]);
  fail = false;
  expect(waiting(spool)).toEqual(["a"]);
});

test("a bad sector under one file does not block the next ones", (task) => {
  const folder = tmpFolder(task);
  const bad = new Set<number>();
  const openSync: typeof fs.openSync = (path, ...more) => {
    const fd = fs.openSync(path, ...more);
    if (`${path}`.endsWith("0000000000000000.spool")) bad.add(fd);
    return fd;
  };
  let isBad = true;
  const readSync = ((fd: number, ...all: [Buffer, number, number, number]) => {
    if (isBad && bad.has(fd)) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
    return fs.readSync(fd, ...all);
  }) as Disk["readSync"];
  const spool = openFor(task, folder, { disk: { ...fs, openSync, readSync } });
  const half = 600 << 10;
  for (const text of ["a", "b"]) expect(spool.append(Buffer.alloc(half / 12, text))).toBe(true);
  expect(segmentFiles(folder)).toHaveLength(2);
  expect([waiting(spool).map(([first]) => first), spool.length, spool.dropped]).toEqual([["b"], 2, 0]);
  isBad = false;
  expect(waiting(spool).map(([first]) => first)).toEqual(["a", "b"]);
});

test("a record that the disk does not confirm is kept, with a warning", (task) => {
  const lines: string[] = [];
  const fdatasyncSync: Disk["fdatasyncSync"] = () => {
    throw new Error("EIO: i/o error");
  };
  const options = {
    fsync: true,
    disk: { ...fs, fdatasyncSync },
    logger: { warn: (text: string) => lines.push(text) },
  };
  const spool = openFor(task, tmpFolder(task), options);
  expect(spool.append(bytes("a"))).toBe(true);
  expect([waiting(spool), lines]).toEqual([["a"], [expect.stringContaining("did not confirm")]]);
});
