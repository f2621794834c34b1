import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { writePidFile } from "../src/pid-file.ts";

const silent = () => undefined;

test("holds the pid and a line feed, mode 0644, and goes at the end", (context) => {
  const path = join(tmpFolder(context), "pid");
  const file = writePidFile(path, 4711, silent);
  expect(readFileSync(path, "latin1")).toBe("4711\n");
  expect(statSync(path).mode & 0o777).toBe(0o644);
  file.remove();
  expect(existsSync(path)).toBe(false);
});

test("of a living process: refused, file untouched", (context) => {
  const path = join(tmpFolder(context), "pid");
  writeFileSync(path, `${process.pid}\n`);
  expect(() => writePidFile(path, 4711, silent)).toThrow(
    expect.objectContaining({ code: "ALREADY_RUNNING", message: `worker already running: ${process.pid}` }),
  );
  expect(readFileSync(path, "latin1")).toBe(`${process.pid}\n`);
});

test.for(["ended", "own pid", "no number"])("stale (%s): replaced with a warning", (kind, context) => {
  const path = join(tmpFolder(context), "pid");
  const ended = String(spawnSync("true").pid);
  writeFileSync(path, { ended, "own pid": "4711", "no number": "x" }[kind] ?? "");
  const warnings: string[] = [];
  writePidFile(path, 4711, (text) => warnings.push(text));
  expect(warnings).toEqual([`Warning: removing stale pidfile ${path}`]);
  expect(readFileSync(path, "latin1")).toBe("4711\n");
});

test("somebody else's file is not removed", (context) => {
  const path = join(tmpFolder(context), "pid");
  const file = writePidFile(path, 4711, silent);
  writeFileSync(path, "4712\n");
  file.remove();
  expect(existsSync(path)).toBe(true);
});

test("no folder: cannot be written", (context) =>
  expect(() => writePidFile(join(tmpFolder(context), "none", "pid"), 1, silent)).toThrow(
    expect.objectContaining({
      code: "CANNOT_WRITE",
      message: expect.stringMatching(/^Could not write pidfile: /),
    }),
  ));

test.for([undefined, "%PIDFILE%"])("%s: none is written", (path) => {
  writePidFile(path, 4711, silent).remove();
  expect(existsSync("%PIDFILE%")).toBe(false);
});
