import { readdirSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { bytes, openFor, segmentFiles, waiting } from "./fixtures.ts";

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
