import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { namedProcess, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { writePidFile } from "../src/pid-file.ts";

const silent = () => undefined;

test("contains the pid and a line feed, mode 0644, and is removed at the end", (context) => {
  const path = join(tmpFolder(context), "pid");
  const file = writePidFile(path, 4711, silent);
  expect(readFileSync(path, "latin1")).toBe("4711\n");
  expect(statSync(path).mode & 0o777).toBe(0o644);
  file.remove();
  expect(existsSync(path)).toBe(false);
});

test("of a living worker: refused, file unchanged", async (context) => {
  const path = join(tmpFolder(context), "pid");
  const pid = await namedProcess(context, "mod_gearman_worker");
  writeFileSync(path, `${pid}\n`);
  expect(() => writePidFile(path, 4711, silent)).toThrow(
    expect.objectContaining({ code: "ALREADY_RUNNING", message: `worker already running: ${pid}` }),
  );
  expect(readFileSync(path, "latin1")).toBe(`${pid}\n`);
});

test("a device: written to, neither claimed nor removed", () => {
  const warnings: string[] = [];
  writePidFile("/dev/null", 4711, (text) => warnings.push(text)).remove();
  expect(warnings).toEqual([]);
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

test("a FIFO cannot be written and is kept", (context) => {
  const path = join(tmpFolder(context), "pid");
  execFileSync("mkfifo", [path]);
  expect(() => writePidFile(path, 4711, silent)).toThrow(
    `Could not write pidfile: EINVAL: not a regular file but a FIFO, open '${path}'`,
  );
  expect(statSync(path).isFIFO()).toBe(true);
});

test.for(["ended", "own pid", "no number", "foreign-pid"])(
  "stale (%s): replaced with a warning",
  async (kind, context) => {
    const path = join(tmpFolder(context), "pid");
    const ended = String(spawnSync("true").pid);
    const foreign = String(await namedProcess(context, "another_program"));
    writeFileSync(path, { ended, "own pid": "4711", "no number": "x", "foreign-pid": foreign }[kind] ?? "");
    const warnings: string[] = [];
    writePidFile(path, 4711, (text) => warnings.push(text));
    expect(warnings).toEqual([`Warning: removing stale pidfile ${path}`]);
    expect(readFileSync(path, "latin1")).toBe("4711\n");
  },
);

test("the file of another process is not removed", (context) => {
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
