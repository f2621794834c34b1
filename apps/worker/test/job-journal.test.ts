import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { memoryLogger } from "@mod-gearman/observe";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { type JournalOptions, openJournal } from "../src/job-journal.ts";
import { markOf } from "../src/job-mark.ts";
import type { ReadProc } from "../src/journal-folder.ts";
import { MAX_JOURNAL_BYTES, MAX_RECORDS } from "../src/journal-table.ts";
import { MAX_SUSPECTS } from "../src/suspects.ts";

const BOOT = "0a1b2c3d-0000-4000-8000-000000000000\n";

/** /proc as seen by process `own`, with the processes in `living`. */
function procOf(own: number, living: readonly number[] = []): ReadProc {
  const stat = (pid: number) => `${pid} (some (name)) S ${"0 ".repeat(18)}${pid * 100} 0`;
  return (name) => {
    if (name === "sys/kernel/random/boot_id") return BOOT;
    if (name === "self/stat") return stat(own);
    const pid = Number(/^(\d+)\/stat$/.exec(name)?.[1]);
    return pid === own || living.includes(pid) ? stat(pid) : undefined;
  };
}

const mark = (text: string, queue = "service") => {
  const data = Buffer.from(text);
  return markOf(Buffer.from(queue), data, crc32(data));
};

function setUp(context: TestContext) {
  const folder = join(tmpFolder(context), "jobs-w1");
  const logger = memoryLogger();
  const open = (pid: number, more: Partial<JournalOptions> = {}) =>
    openJournal({ folder, logger, readProc: procOf(pid), ...more });
  const names = () => readdirSync(folder);
  return { folder, logger, open, names };
}

describe("jobs running when the process died", () => {
  test("are known to the next one; ended and other jobs are not", (context) => {
    const { open, names, logger } = setUp(context);
    const { journal } = open(1);
    journal.begin(mark("a"));
    const ended = journal.begin(mark("b"));
    journal.begin(mark("c"));
    journal.end(ended);
    journal.flush();
    const next = open(2);
    expect(next.remains.deaths).toBe(1);
    const states = ["a", "b", "c", "d"].map((text) => next.journal.find(mark(text))?.isRefused);
    expect(states).toEqual([false, undefined, false, undefined]);
    expect(next.journal.find(mark("a", "host"))).toBeUndefined();
    expect([names(), logger.lines]).toEqual([["0a1b2c3d-2-200.jobs"], []]);
  });

  test("are written when they start; their end with the next one or by flush, in few bytes", (context) => {
    const { open } = setUp(context);
    const sizes: number[] = [];
    const write = ((fd: number, bytes: Buffer, from: number, length: number, at: number) => {
      sizes.push(length);
      return writeSync(fd, bytes, from, length, at);
    }) as typeof writeSync;
    const { journal } = open(1, { write });
    sizes.length = 0;
    for (let n = 0; n < 1000; n++) {
      const index = journal.begin(mark(`${n}`));
      journal.end(index);
    }
    expect([sizes.length, Math.max(...sizes)]).toEqual([1000, 16]);
    journal.flush();
    journal.flush();
    expect(sizes).toHaveLength(1001);
  });

  test("a suspect that has not come stays one over further deaths; one that was alone is refused", (context) => {
    const { open } = setUp(context);
    const one = open(1).journal;
    one.begin(mark("a"));
    one.begin(mark("b"));
    const two = open(2).journal;
    two.setAlone(two.find(mark("a")) ?? expect.fail(), true);
    const three = open(3);
    expect(three.remains.deaths).toBe(2);
    const states = () => ["a", "b"].map((text) => four.journal.find(mark(text))?.isRefused);
    const four = open(4);
    expect(four.remains.deaths).toBe(2); // the third had no running job
    expect(states()).toEqual([true, false]);
    four.journal.clear(four.journal.find(mark("a")) ?? expect.fail());
    expect(states()).toEqual([undefined, false]);
    four.journal.clearAll();
    const five = open(5);
    expect([five.journal.suspects, five.remains.deaths]).toEqual([0, 0]);
  });

  test("a job that was alone and did not complete is not refused", (context) => {
    const { open } = setUp(context);
    open(1).journal.begin(mark("a"));
    const two = open(2).journal;
    const suspect = two.find(mark("a")) ?? expect.fail();
    two.setAlone(suspect, true);
    two.setAlone(suspect, false);
    expect(open(3).journal.find(mark("a"))?.isRefused).toBe(false);
  });

  test("an orderly end leaves no journal", (context) => {
    const { open, names } = setUp(context);
    const { journal } = open(1);
    journal.begin(mark("a"));
    journal.close();
    expect(names()).toEqual([]);
    journal.end(journal.begin(mark("late"))); // is not written
    expect(open(2).journal.suspects).toBe(0);
  });

  test("journals of living processes are left alone; those of all dead ones are read", (context) => {
    const { open, names } = setUp(context);
    for (const pid of [1, 2, 3])
      open(pid, { readProc: procOf(pid, [1, 2, 3]) }).journal.begin(mark(`${pid}`));
    const { journal } = open(4, { readProc: procOf(4, [2]) });
    expect(["1", "2", "3"].map((text) => journal.find(mark(text)) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
    expect(names().sort()).toEqual(["0a1b2c3d-2-200.jobs", "0a1b2c3d-4-400.jobs"]);
  });

  test("a process id of another start time or boot is another process", (context) => {
    const { open, folder } = setUp(context);
    open(7).journal.begin(mark("a"));
    const bytes = readFileSync(join(folder, "0a1b2c3d-7-700.jobs"));
    rmSync(join(folder, "0a1b2c3d-7-700.jobs"));
    for (const name of ["0a1b2c3d-7-699.jobs", "ffffffff-8-800.jobs"])
      writeFileSync(join(folder, name), bytes);
    expect(open(9, { readProc: procOf(9, [7, 8]) }).journal.suspects).toBe(1);
    expect(readdirSync(folder)).toEqual(["0a1b2c3d-9-900.jobs"]);
  });
});

test("without /proc the journal works, with names that are less distinct", (context) => {
  const { open, names } = setUp(context);
  const readProc = () => undefined;
  open(1, { readProc }).journal.begin(mark("a"));
  const { journal } = open(2, { readProc });
  expect(names()).toEqual([`00000000-${process.pid}-0.jobs`]);
  expect(journal.find(mark("a"))).toBeDefined();
});

describe("invalid files", () => {
  test("random bytes, truncated files, links, FIFOs and folders cause no error; complete records of a truncated journal are used", (context) => {
    const { open, folder, logger, names } = setUp(context);
    const { journal } = open(1);
    for (const text of ["a", "b"]) journal.begin(mark(text));
    const whole = readFileSync(join(folder, "0a1b2c3d-1-100.jobs"));
    const put = (pid: number, bytes: Buffer) => writeFileSync(join(folder, `0a1b2c3d-${pid}-1.jobs`), bytes);
    rmSync(join(folder, "0a1b2c3d-1-100.jobs"));
    put(2, Buffer.alloc(5000, 0xff));
    put(3, Buffer.alloc(0));
    put(4, whole.subarray(0, 16 + 16 + 7)); // the second record is truncated
    put(5, whole.subarray(0, 11));
    put(6, Buffer.concat([whole.subarray(0, 16), Buffer.alloc(160, 0x99)])); // an invalid state
    const target = join(folder, "notes.txt");
    symlinkSync(target, join(folder, "0a1b2c3d-7-1.jobs"));
    execFileSync("mkfifo", [join(folder, "0a1b2c3d-8-1.jobs")]);
    mkdirSync(join(folder, "0a1b2c3d-9-1.jobs"));
    writeFileSync(target, "of an administrator");
    writeFileSync(join(folder, "0a1b2c3d-1-1.jobs.bak"), whole);
    const next = open(10).journal;
    expect(["a", "b"].map((text) => next.find(mark(text)) !== undefined)).toEqual([true, false]);
    expect(logger.lines).toEqual([`warn: 6 files in ${folder} are not journals, left out`]);
    expect(names().sort()).toEqual([
      "0a1b2c3d-1-1.jobs.bak",
      "0a1b2c3d-10-1000.jobs",
      "0a1b2c3d-9-1.jobs",
      "notes.txt",
    ]);
    expect(readFileSync(target, "latin1")).toBe("of an administrator");
  });

  test("a folder writable by others, or that is not a folder, is not used: one warning, and jobs run", (context) => {
    const { open, folder, logger } = setUp(context);
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    const { journal } = open(1);
    expect(journal.begin(mark("a"))).toBe(-1);
    journal.end(-1);
    journal.tend();
    journal.tend();
    const text = "warn: no journal of jobs in hand, a job that ends the worker will not be recognised";
    expect(logger.lines).toEqual([`${text}: ${folder} may be changed by other users`]);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file");
    expect(open(2).journal.begin(mark("a"))).toBe(-1);
    expect(logger.lines).toHaveLength(2);
    rmSync(folder);
    journal.tend();
    expect(logger.lines.at(-1)).toBe("info: journal of jobs in hand: written again");
    journal.begin(mark("b"));
    expect(open(3).journal.suspects).toBe(1);
  });

  test("a full disk: one warning, written again later", (context) => {
    const { open, logger, names } = setUp(context);
    let isFull = false;
    const write = ((fd: number, bytes: Buffer, from: number, length: number, at: number) => {
      if (isFull) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      return writeSync(fd, bytes, from, length, at);
    }) as typeof writeSync;
    const { journal } = open(1, { write });
    journal.begin(mark("a"));
    isFull = true;
    for (let n = 0; n < 3; n++) journal.begin(mark("b"));
    journal.tend();
    expect([names(), logger.lines.length]).toEqual([[], 1]);
    isFull = false;
    journal.tend();
    expect(open(2).journal.find(mark("a"))).toBeDefined();
  });

  test("a file removed while in use is created again with the running jobs", (context) => {
    const { open, folder, names } = setUp(context);
    const { journal } = open(1);
    journal.begin(mark("a"));
    rmSync(folder, { recursive: true });
    journal.tend();
    expect(names()).toEqual(["0a1b2c3d-1-100.jobs"]);
    expect(open(2).journal.find(mark("a"))).toBeDefined();
  });
});

describe("bounds", () => {
  test("jobs above its capacity are not in it, with one warning; the file stays small", (context) => {
    const { open, folder, logger } = setUp(context);
    const { journal } = open(1);
    const indexes = Array.from({ length: MAX_RECORDS + 10 }, (_, n) => journal.begin(mark(`${n}`)));
    expect(indexes.filter((index) => index < 0)).toHaveLength(10);
    expect(logger.lines).toEqual([
      `warn: journal of jobs in hand: full, of more than ${MAX_RECORDS} jobs the rest is not in it`,
    ]);
    expect(statSync(join(folder, "0a1b2c3d-1-100.jobs")).size).toBeLessThanOrEqual(MAX_JOURNAL_BYTES);
    const next = open(2);
    expect([next.journal.suspects, next.remains.forgotten]).toEqual([
      MAX_SUSPECTS,
      MAX_RECORDS - MAX_SUSPECTS,
    ]);
    expect(next.journal.begin(mark("new"))).toBeGreaterThanOrEqual(0);
  });

  test("file and folder are accessible to this user only", (context) => {
    const { open, folder } = setUp(context);
    open(1);
    const modes = [folder, join(folder, "0a1b2c3d-1-100.jobs")].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600]);
  });
});
