import * as fs from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test, vi } from "vitest";
import type { Disk } from "../src/disk.ts";
import type { Spool } from "../src/index.ts";
import { LOCK_RENEW_MS } from "../src/lock.ts";
import { bytes, openFor, segmentFiles, waiting } from "./fixtures.ts";

const names = (count: number, word: string): string[] =>
  Array.from({ length: count }, (_, at) => `${word} ${at}`);

/** A process without free descriptors while `state.fails` is set; the spool's folder and lock can be opened. */
function scarceDisk(state: { fails: boolean }, what = ".spool"): Disk {
  const openSync: typeof fs.openSync = (path, ...more) => {
    if (state.fails && `${path}`.endsWith(what))
      throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
    return fs.openSync(path, ...more);
  };
  return { ...fs, openSync };
}

/** Acknowledges all records in batches, as a reader with a window does. @returns them in that order */
function drain(spool: Spool): string[] {
  const texts: string[] = [];
  let after = -1;
  for (let batch = spool.peek(7); batch.length > 0; batch = spool.peek(7, after)) {
    for (const { id, record } of batch) {
      expect(id).toBeGreaterThan(after);
      after = id;
      texts.push(record.toString());
    }
    for (const { id } of batch) spool.acknowledge(id);
  }
  return texts;
}

describe("a file that cannot be opened at one start", () => {
  const old = names(300, "old");
  const fresh = names(4, "new");
  const filled = (task: Parameters<typeof openFor>[0]): string => {
    const folder = join(tmpFolder(task), "spool");
    const spool = openFor(task, folder);
    for (const text of old) spool.append(bytes(text));
    spool.close();
    return folder;
  };

  test("does not make ids overlap at the next start: all records are delivered", (task) => {
    const folder = filled(task);
    const state = { fails: true };
    const writer = openFor(task, folder, { disk: scarceDisk(state) });
    expect(writer.length).toBe(0);
    state.fails = false;
    for (const text of fresh) expect(writer.append(bytes(text))).toBe(true);
    expect(waiting(writer)).toEqual(fresh);
    writer.close();
    const spool = openFor(task, folder);
    expect(spool.length).toBe(304);
    expect(drain(spool)).toEqual([...old, ...fresh]);
    expect([spool.length, spool.bytes]).toEqual([0, 0]);
  });

  test.for([".spool", ".done"])(
    "(%s) is retried while the spool is open, and logged twice in total",
    (what, task) => {
      vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
      task.onTestFinished(() => void vi.useRealTimers());
      const folder = filled(task);
      const state = { fails: true };
      const lines: string[] = [];
      const options = { disk: scarceDisk(state, what), logger: { warn: (text: string) => lines.push(text) } };
      const spool = openFor(task, folder, options);
      state.fails = false;
      spool.append(bytes("new 0"));
      const seen = spool.peek(9).at(-1)?.id ?? -1;
      state.fails = true;
      vi.advanceTimersByTime(3 * LOCK_RENEW_MS);
      expect([spool.length, lines]).toEqual([1, [expect.stringContaining("EMFILE")]]);
      state.fails = false;
      vi.advanceTimersByTime(LOCK_RENEW_MS);
      expect(spool.length).toBe(301);
      expect(lines[1]).toMatch(/\.spool can be read again$/);
      expect(spool.peek(1, seen).map(({ record }) => record.toString())).toEqual(["old 0"]);
      spool.append(bytes("new 1"));
      expect(drain(spool)).toEqual(["new 0", ...old, "new 1"]);
      expect(segmentFiles(folder)).toEqual([]);
    },
  );
});
