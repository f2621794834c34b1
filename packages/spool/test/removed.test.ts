import { readdirSync, rmSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { openSpool } from "../src/index.ts";
import { bytes, openFor, segmentFiles, smallDisk, waiting } from "./fixtures.ts";

describe("files removed while the spool is open, as by a cleaner", () => {
  test("records of a file that is still being written are returned", (task) => {
    const folder = join(tmpFolder(task), "spool");
    const lines: string[] = [];
    const spool = openFor(task, folder, { logger: { warn: (text) => void lines.push(text) } });
    for (const text of ["a", "b"]) spool.append(bytes(text));
    rmSync(folder, { recursive: true });
    expect([waiting(spool), spool.length, spool.dropped, lines]).toEqual([["a", "b"], 2, 0, []]);
  });

  test("another file is dropped with its records, counted and logged; the next ones are delivered", (task) => {
    const folder = join(tmpFolder(task), "spool");
    const first = openFor(task, folder);
    for (const text of ["a", "b", "c"]) first.append(bytes(text));
    first.acknowledge(0);
    first.close();
    const lines: string[] = [];
    const spool = openFor(task, folder, {
      maxBytes: 1 << 20,
      logger: { warn: (text) => void lines.push(text) },
    });
    const [old = ""] = segmentFiles(folder);
    spool.append(bytes("x".repeat(70_000))); // does not fit that file
    unlinkSync(old);
    const found = spool.peek(9);
    expect(found.map(({ record }) => record.length)).toEqual([70_000]);
    expect([spool.length, spool.dropped]).toEqual([1, 2]);
    expect(lines).toEqual([`${old} has been removed: 2 record(s) that waited in it are lost`]);
    for (const { id } of found) spool.acknowledge(id);
    expect([spool.length, spool.bytes, readdirSync(folder)]).toEqual([0, 0, ["lock"]]);
    spool.append(bytes("later"));
    expect(waiting(spool)).toEqual(["later"]);
  });
});

describe("a folder that was removed while the spool is open", () => {
  const records = (folder: string, task: Parameters<typeof openFor>[0]): string[] =>
    waiting(openFor(task, folder));

  test("is made again by the next record; what waited is in it too", (task) => {
    const folder = join(tmpFolder(task), "spool");
    const lines: string[] = [];
    const spool = openFor(task, folder, { logger: { warn: (text) => void lines.push(text) } });
    for (const text of ["a", "b", "c"]) spool.append(bytes(text));
    spool.acknowledge(0);
    const [old] = segmentFiles(folder);
    rmSync(folder, { recursive: true });
    expect([spool.append(bytes("d")), spool.length, spool.dropped]).toEqual([true, 3, 0]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(waiting(spool)).toEqual(["b", "c", "d"]);
    expect(lines).toEqual([
      `${folder} or its lock has been removed, both are there again`,
      `${old} was removed, its 2 record(s) are in ${segmentFiles(folder)[0]} now`,
    ]);
    for (const { id } of spool.peek(1)) spool.acknowledge(id);
    spool.close();
    expect(records(folder, task)).toEqual(["c", "d"]);
  });

  test("is made again by an empty spool, which locks it again", (task) => {
    const folder = join(tmpFolder(task), "spool");
    const spool = openFor(task, folder);
    rmSync(folder, { recursive: true });
    expect(spool.append(bytes("a"))).toBe(true);
    expect(() => openSpool({ folder, maxBytes: 1 << 20 })).toThrow(
      expect.objectContaining({ code: "LOCKED" }),
    );
    spool.close();
    expect(readdirSync(folder).filter((name) => name.startsWith("lock"))).toEqual([]);
    expect(records(folder, task)).toEqual(["a"]);
  });

  test("gets what waits at the end of the run", (task) => {
    const folder = join(tmpFolder(task), "spool");
    const spool = openFor(task, folder);
    for (const text of ["a", "b"]) spool.append(bytes(text));
    rmSync(folder, { recursive: true });
    spool.close();
    expect(records(folder, task)).toEqual(["a", "b"]);
  });

  test("a file of an earlier run that was not open is lost, a new record is not", (task) => {
    const folder = join(tmpFolder(task), "spool");
    const first = openFor(task, folder);
    first.append(bytes("a"));
    first.close();
    const spool = openFor(task, folder);
    rmSync(folder, { recursive: true });
    expect(spool.append(bytes("b"))).toBe(true);
    expect([waiting(spool), spool.length, spool.dropped]).toEqual([["b"], 1, 1]);
  });

  test("is left alone when another process has it by then; the record stays with the caller", (task) => {
    const folder = join(tmpFolder(task), "spool");
    const spool = openFor(task, folder);
    spool.append(bytes("a"));
    rmSync(folder, { recursive: true });
    const other = openFor(task, folder);
    expect(spool.append(bytes("b"))).toBe(false);
    expect([waiting(spool), waiting(other), segmentFiles(folder)]).toEqual([["a"], [], []]);
    other.close();
    expect(spool.append(bytes("c"))).toBe(true);
    expect(waiting(spool)).toEqual(["a", "c"]);
  });

  test("on a full disk: what waited can still be read, a new record stays with the caller", (task) => {
    const folder = join(tmpFolder(task), "spool");
    const room = { bytes: 10_000 };
    const spool = openFor(task, folder, { disk: smallDisk(room) });
    for (const text of ["a", "b"]) spool.append(bytes(text));
    rmSync(folder, { recursive: true });
    room.bytes = 20; // for the lock none, for a file its first bytes
    expect(spool.append(bytes("c"))).toBe(false);
    expect([waiting(spool), spool.length, segmentFiles(folder)]).toEqual([["a", "b"], 2, []]);
    room.bytes = 10_000;
    expect(spool.append(bytes("d"))).toBe(true);
    expect(waiting(spool)).toEqual(["a", "b", "d"]);
  });
});
