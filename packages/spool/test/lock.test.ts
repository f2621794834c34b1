import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { type Disk, nodeDisk } from "../src/disk.ts";
import type { Spool } from "../src/index.ts";
import { FOREIGN_LOCK_MS, takeLock } from "../src/lock.ts";
import { bytes, openFor, waiting } from "./fixtures.ts";

const locked = expect.objectContaining({ name: "SpoolError", code: "LOCKED" });
const [pid = "", start = "", boot = "", space = "", machine = ""] = (() => {
  const folder = fs.mkdtempSync(join(tmpdir(), "spool-lock-"));
  const lock = takeLock(nodeDisk, folder);
  const words = fs.readFileSync(join(folder, "lock"), "latin1").trim().split(" ");
  lock.release();
  fs.rmSync(folder, { recursive: true });
  return words;
})();

test("the lock contains this process, its start time, boot, name space and machine", () => {
  expect(pid).toBe(`${process.pid}`);
  expect(start).toMatch(/^\d+$/);
  expect([boot.length, space]).toEqual([36, expect.stringContaining("pid:[")]);
  expect(machine === "" || machine.includes("/")).toBe(true); // without machine id: unknown
});

describe("a holder that ends while its lock is examined", () => {
  const dead = `999999999 1 ${boot} ${space}\n`;
  const living = `${pid} ${start} ${boot} ${space}\n`;
  const setUp = (task: TestContext) => {
    const folder = tmpFolder(task);
    const lock = join(folder, "lock");
    fs.writeFileSync(lock, dead);
    /** Calls `act` when the process of the holder is looked up. */
    const whileJudged = (act: () => void) => {
      const readFileSync = (...args: Parameters<typeof nodeDisk.readFileSync>) => {
        if (args[0] === "/proc/999999999/stat") act();
        return nodeDisk.readFileSync(...args);
      };
      return () => openFor(task, folder, { disk: { ...nodeDisk, readFileSync } as typeof nodeDisk });
    };
    return { folder, lock, whileJudged };
  };

  test("removes its lock: the spool is free", (task) => {
    const { lock, whileJudged } = setUp(task);
    expect(whileJudged(() => fs.rmSync(lock))().append(bytes("x"))).toBe(true);
  });

  test("and the next process takes it: that one keeps it", (task) => {
    const { lock, whileJudged, folder } = setUp(task);
    expect(whileJudged(() => fs.writeFileSync(lock, living))).toThrow(locked);
    expect(fs.readFileSync(lock, "latin1")).toBe(living);
    expect(fs.readdirSync(folder)).toEqual(["lock"]);
  });

  test("and another process clears it first: no error", (task) => {
    const { folder, lock } = setUp(task);
    const renameSync = (from: string, to: string) => {
      if (from === lock) fs.rmSync(lock);
      nodeDisk.renameSync(from, to);
    };
    const open = () => openFor(task, folder, { disk: { ...nodeDisk, renameSync } as typeof nodeDisk });
    expect(open().append(bytes("x"))).toBe(true);
  });
});

test.for([
  [
    "fifo-lock: a FIFO",
    (path: string) => execFileSync("mkfifo", [path]),
    "EINVAL: not a regular file but a FIFO",
  ],
  ["a folder", (path: string) => fs.mkdirSync(path), "EISDIR: "],
  ["a link", (path: string) => fs.symlinkSync("elsewhere", path), "ELOOP: it is a symbolic link"],
] as const)("%s in place of the lock is refused with the reason", ([, make, reason], task) => {
  const folder = tmpFolder(task);
  make(join(folder, "lock"));
  expect(() => openFor(task, folder)).toThrow(
    expect.objectContaining({ code: "UNUSABLE", message: expect.stringContaining(reason) }),
  );
  expect(fs.readdirSync(folder)).toEqual(["lock"]);
});

test.for(["0000000000000007.spool", "0000000000000007.spool.done"])(
  "a FIFO in place of %s: the others are used",
  (name, task) => {
    const folder = tmpFolder(task);
    const first = openFor(task, folder);
    expect(first.append(bytes("x"))).toBe(true);
    first.close();
    if (name.endsWith(".done")) fs.writeFileSync(join(folder, name.slice(0, -5)), "MGSPOOL1");
    execFileSync("mkfifo", [join(folder, name)]);
    const lines: string[] = [];
    const spool = openFor(task, folder, { logger: { warn: (text) => lines.push(text) } });
    expect(waiting(spool)).toEqual(["x"]);
    expect(lines.some((line) => line.includes("not a regular file but a FIFO"))).toBe(true);
  },
);

test("a spool is open in one process at a time", (task) => {
  const folder = tmpFolder(task);
  const first = openFor(task, folder);
  first.append(bytes("x"));
  expect(() => openFor(task, folder)).toThrow(locked);
  expect(waiting(first)).toEqual(["x"]);
  first.close();
  expect(waiting(openFor(task, folder))).toEqual(["x"]);
});

/** The disk of a machine with this machine id; its host name is `host` if there is one. */
function machineDisk(id: string | undefined): Disk {
  const readFileSync = (...args: Parameters<typeof nodeDisk.readFileSync>) => {
    if (args[0] === "/etc/machine-id" && id === undefined) throw new Error("ENOENT");
    if (args[0] === "/etc/machine-id") return `${id}\n`;
    if (args[0] === "/proc/sys/kernel/hostname") return "host\n";
    return nodeDisk.readFileSync(...args);
  };
  return { ...nodeDisk, readFileSync } as Disk;
}

describe("a lock file found", () => {
  const gone = () => `${execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }).trim()}`;
  const otherBoot = "0".repeat(36);
  test.for([
    ["of a process that is gone", (): string => `${gone()} ${start} ${boot} ${space}\n`, true],
    ["of a process id that now is another process", (): string => `${pid} 1 ${boot} ${space}\n`, true],
    ["of an earlier boot of this machine", (): string => `1 1 ${otherBoot} ${space} id/host\n`, true],
    ["that is empty or nonsense", (): string => "x", true],
    ["of this process", (): string => `${pid} ${start} ${boot} ${space}\n`, false],
    ["of another container that lives", (): string => `1 1 ${boot} pid:[1]\n`, false],
    ["of another machine that lives", (): string => `1 1 ${otherBoot} ${space} id2/host\n`, false],
    ["of a copy of this machine that lives", (): string => `1 1 ${otherBoot} ${space} id/host2\n`, false],
    ["of an earlier release, of another boot", (): string => `1 1 ${otherBoot} ${space}\n`, false],
  ] as const)("%s", ([, text, stale], task) => {
    const folder = tmpFolder(task);
    fs.writeFileSync(join(folder, "lock"), text());
    const open = (): Spool => openFor(task, folder, { disk: machineDisk("id") });
    if (stale) expect(open().append(bytes("x"))).toBe(true);
    else expect(open).toThrow(locked);
    expect(fs.readdirSync(folder).filter((name) => name.startsWith("lock"))).toEqual(["lock"]);
  });

  test("of another boot, on a machine without machine id: may belong to another machine", (task) => {
    const folder = tmpFolder(task);
    fs.writeFileSync(join(folder, "lock"), `1 1 ${otherBoot} ${space} \n`);
    expect(() => openFor(task, folder, { disk: machineDisk(undefined) })).toThrow(locked);
  });

  test.for([
    ["another container", `1 1 ${boot} pid:[1]\n`],
    ["another machine", `1 1 ${otherBoot} ${space} id2/host\n`],
  ] as const)("of %s without a sign for long is stale, by the clock of the file system", ([, text], task) => {
    for (const [silentMs, isStale] of [
      [FOREIGN_LOCK_MS - 20_000, false],
      [FOREIGN_LOCK_MS + 20_000, true],
      [-FOREIGN_LOCK_MS - 20_000, true], // renewed before the clock was set back
    ] as const) {
      const folder = tmpFolder(task);
      const path = join(folder, "lock");
      fs.writeFileSync(path, text);
      const seconds = (fs.statSync(path).mtimeMs - silentMs) / 1000;
      fs.utimesSync(path, seconds, seconds);
      const open = (): Spool => openFor(task, folder, { disk: machineDisk("id") });
      if (isStale) expect(open().length).toBe(0);
      else expect(open).toThrow(locked);
    }
  });
});

test("a holder renews its own lock only, and removes no other", (task) => {
  const folder = tmpFolder(task);
  const path = join(folder, "lock");
  const lock = takeLock(nodeDisk, folder);
  const text = fs.readFileSync(path, "latin1");
  fs.utimesSync(path, 1, 1);
  lock.renew();
  expect(fs.statSync(path).mtimeMs).toBeGreaterThan(1000);
  expect(fs.readFileSync(path, "latin1")).toBe(text);
  fs.renameSync(path, join(folder, "moved"));
  fs.writeFileSync(path, "another\n");
  fs.utimesSync(path, 1, 1);
  lock.renew();
  expect(fs.statSync(path).mtimeMs).toBe(1000);
  lock.release();
  expect(fs.readFileSync(path, "latin1")).toBe("another\n");
});

test("another process is refused while this one lives", async (task) => {
  const folder = tmpFolder(task);
  const child = spawn("sleep", ["60"]);
  task.onTestFinished(() => void child.kill());
  const stat = fs.readFileSync(`/proc/${child.pid}/stat`, "latin1");
  const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  fs.writeFileSync(join(folder, "lock"), `${child.pid} ${started} ${boot} ${space}\n`);
  expect(() => openFor(task, folder)).toThrow(locked);
});

describe("refused folders", () => {
  test.for([
    ["a symbolic link", "NOT_A_FOLDER", (path: string) => fs.symlinkSync(tmpdir(), path)],
    ["a dangling link", "NOT_A_FOLDER", (path: string) => fs.symlinkSync("/nowhere/at/all", path)],
    ["a file", "NOT_A_FOLDER", (path: string) => fs.writeFileSync(path, "")],
  ] as const)("%s: %s", ([, code, make], task) => {
    const path = join(tmpFolder(task), "spool");
    make(path);
    for (const folder of [path, `${path}/`])
      expect(() => openFor(task, folder)).toThrow(expect.objectContaining({ code, folder: path }));
  });

  test("of another user", (task) => {
    const folder = tmpFolder(task);
    const lstatSync = ((path: fs.PathLike) => {
      const stat = fs.lstatSync(path);
      stat.uid += 1;
      return stat;
    }) as typeof fs.lstatSync;
    const open = () => openFor(task, folder, { disk: { ...fs, lstatSync } });
    expect(open).toThrow(expect.objectContaining({ code: "FOREIGN_FOLDER" }));
  });

  test("that cannot be created, with the system's reason", (task) => {
    const file = join(tmpFolder(task), "file");
    fs.writeFileSync(file, "");
    const open = () => openFor(task, join(file, "below"));
    expect(open).toThrow(
      expect.objectContaining({ code: "UNUSABLE", message: expect.stringContaining("ENOTDIR") }),
    );
  });
});

test("a symbolic link in place of a file is neither followed nor removed", (task) => {
  const folder = tmpFolder(task);
  const outside = join(tmpFolder(task), "precious");
  fs.writeFileSync(outside, "MGSPOOL1");
  fs.symlinkSync(outside, join(folder, "0000000000000007.spool"));
  const lines: string[] = [];
  const spool = openFor(task, folder, { logger: { warn: (text) => lines.push(text) } });
  for (let count = 0; count < 10; count++) expect(spool.append(bytes(`${count}`))).toBe(true);
  expect(waiting(spool)).toHaveLength(10);
  expect(lines).toEqual([expect.stringContaining("left alone")]);
  expect(fs.readFileSync(outside, "latin1")).toBe("MGSPOOL1");
});
