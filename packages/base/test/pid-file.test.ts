import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { namedProcess, type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { pidFileHolder, removePidFile, writePidFile } from "../src/pid-file.ts";

test("replaces an old file and is removed at the end", (context) => {
  const path = join(tmpFolder(context), "pid");
  writeFileSync(path, "1\nand more\n");
  const file = writePidFile(path, 42);
  expect(readFileSync(path, "latin1")).toBe("42\n");
  expect(statSync(path).mode & 0o777).toBe(0o644 & ~process.umask());
  file.remove();
  expect(existsSync(path)).toBe(false);
  file.remove();
});

test("a file written by another process in the meantime is kept", (context) => {
  const path = join(tmpFolder(context), "pid");
  const file = writePidFile(path, 42);
  writePidFile(path, 43);
  file.remove();
  expect(readFileSync(path, "latin1")).toBe("43\n");
});

test.for(["target", "nothing"])("a link to a file is replaced, not written through (%s)", (kind, context) => {
  const folder = tmpFolder(context);
  const target = join(folder, "target");
  if (kind === "target") writeFileSync(target, "precious");
  symlinkSync(target, join(folder, "pid"));
  writePidFile(join(folder, "pid"), 42);
  expect(existsSync(target) ? readFileSync(target, "latin1") : "precious").toBe("precious");
  expect(lstatSync(join(folder, "pid")).isFile()).toBe(true);
});

test("a link at the end of the run is not followed to a file of the same pid", (context) => {
  const folder = tmpFolder(context);
  const file = writePidFile(join(folder, "pid"), 42);
  removePidFile(join(folder, "pid"));
  writeFileSync(join(folder, "other"), "42\n");
  symlinkSync("other", join(folder, "pid"));
  file.remove();
  expect(lstatSync(join(folder, "pid")).isSymbolicLink()).toBe(true);
});

test("a device is written to, neither replaced nor removed", () => {
  writePidFile("/dev/null", 42).remove();
  expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
});

test.for([
  ["a FIFO", (path: string) => execFileSync("mkfifo", [path]), "EINVAL: not a regular file but a FIFO"],
  ["a folder", (path: string) => mkdirSync(path), "EISDIR: illegal operation on a directory"],
  [
    "a link to a device",
    (path: string) => symlinkSync("/dev/zero", path),
    "EINVAL: not a regular file but a character device",
  ],
] as const)("%s is refused and stays", ([, make, reason], context) => {
  const path = join(tmpFolder(context), "pid");
  make(path);
  expect(() => writePidFile(path, 42)).toThrow(reason);
  expect(lstatSync(path, { throwIfNoEntry: false })).toBeDefined();
});

describe("the holder", () => {
  function fileOf(context: TestContext, text: string, ageSeconds = 0): string {
    const path = join(tmpFolder(context), "pid");
    writeFileSync(path, text);
    const at = Date.now() / 1000 - ageSeconds;
    utimesSync(path, at, at);
    return path;
  }

  test("is a process of the program, also with the name of an original", async (context) => {
    const pid = await namedProcess(context, "some_worker");
    expect(pidFileHolder(fileOf(context, `${pid}\n`), 1, ["mod", "some_worker"])).toBe(pid);
  });

  test("foreign-pid: is not a process of another program", async (context) => {
    const pid = await namedProcess(context, "other");
    expect(pidFileHolder(fileOf(context, `${pid}\n`), 1, ["some_worker"])).toBeUndefined();
  });

  test("is not a process of the program that started after the file was written", async (context) => {
    const pid = await namedProcess(context, "some_worker");
    expect(pidFileHolder(fileOf(context, `${pid}\n`, 60), 1, ["some_worker"])).toBeUndefined();
  });

  test("may be the script of an interpreter, not its options or other arguments", async (context) => {
    const script = join(tmpFolder(context), "some_worker");
    writeFileSync(script, "console.log(); setInterval(() => {}, 1000);");
    const child = spawn(process.execPath, ["--no-warnings", script], { stdio: ["ignore", "pipe", "ignore"] });
    context.onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    const path = fileOf(context, `${child.pid}\n`);
    expect(pidFileHolder(path, 1, ["some_worker"])).toBe(child.pid);
    expect(pidFileHolder(path, 1, ["node"])).toBe(child.pid);
    expect(pidFileHolder(path, 1, ["1000", "--no-warnings", "other"])).toBeUndefined();
  });

  test("is a process that runs the file of this one under any name", (context) => {
    const script = join(tmpFolder(context), "any.mjs");
    const module = fileURLToPath(new URL("../src/pid-file.ts", import.meta.url));
    writeFileSync(
      script,
      `const { pidFileHolder, writePidFile } = await import(${JSON.stringify(module)});
      writePidFile("pid", process.pid);
      console.log(pidFileHolder("pid", 1, []) === process.pid);`,
    );
    const cwd = join(script, "..");
    expect(execFileSync(process.execPath, [script], { cwd, encoding: "utf8" })).toBe("true\n");
    expect(execFileSync(process.execPath, ["any.mjs"], { cwd, encoding: "utf8" })).toBe("true\n");
  });

  test.for(["ended", "own pid", "no number", "negative", "missing"])("no holder: %s", (kind, context) => {
    const ended = String(spawnSync("true").pid);
    const texts: Record<string, string> = { ended, "own pid": "4711\n", "no number": "x", negative: "-1" };
    const text = texts[kind];
    const path = text === undefined ? join(tmpFolder(context), "none") : fileOf(context, text);
    expect(pidFileHolder(path, 4711, ["sleep"])).toBeUndefined();
  });

  test("a FIFO has none and is not waited for", (context) => {
    const path = join(tmpFolder(context), "pid");
    execFileSync("mkfifo", [path]);
    expect(pidFileHolder(path, 4711, [])).toBeUndefined();
  });
});
