// @module-tag slow
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BuiltProgram,
  namedProcess,
  type Started,
  type TestContext,
  tmpFolder,
  waitFor,
} from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { quiet } from "./world.ts";

const gearmand = new BuiltProgram(new URL("..", import.meta.url));

function fifo(context: TestContext): string {
  const path = join(tmpFolder(context), "fifo");
  execFileSync("mkfifo", [path]);
  return path;
}

async function running(context: TestContext, ...args: string[]): Promise<Started> {
  const program = gearmand.start(context, quiet(tmpFolder(context), "--verbose=INFO", ...args));
  await waitFor("a log", () => `${program.output()}${program.errors()}`.includes("Listening on"));
  return program;
}

async function stop(program: Started): Promise<void> {
  program.child.kill("SIGTERM");
  expect((await program.ended).code).toBe(0);
}

test.for([
  ["--config-file=@", "Could not open configuration file. @: a FIFO that no process writes"],
  ["--pid-file=@", "could not write pid file: EINVAL: not a regular file but a FIFO, open '@'"],
])("%s: exit code 1 and the reason", async ([option = "", reason = ""], context) => {
  const path = fifo(context);
  const args = quiet(tmpFolder(context), option.replace("@", path));
  const { code, stderr } = await gearmand.run(context, args);
  expect([code, stderr]).toEqual([1, `gearmand: ${reason.replace("@", path)}\n`]);
});

test.for([
  ["FIFO", "A FIFO that no process reads"],
  ["/proc/x/y", "No such file or directory"],
])(
  "log-below-proc: --log-file=%s is reported, the log goes to standard error",
  async ([name = "", reason = ""], context) => {
    const path = name === "FIFO" ? fifo(context) : name;
    const program = await running(context, `--log-file=${path}`);
    expect(program.errors()).toContain(`gearmand: Could not open log file "${path}", `);
    expect(program.errors()).toContain(` switching to stderr. (${reason})
`);
    await stop(program);
  },
);

test("--log-file=/dev/stdout, which is a pipe", async (context) => {
  const program = await running(context, "--log-file=/dev/stdout");
  await stop(program);
  expect(program.output()).toMatch(/Shutdown complete\n$/);
});

test("foreign-pid: a pid file is replaced regardless of the process it names, as by the original", async (context) => {
  const path = join(tmpFolder(context), "pid");
  writeFileSync(path, `${await namedProcess(context, "gearmand")}\n`);
  const first = await running(context, `--pid-file=${path}`);
  expect(readFileSync(path, "latin1")).toBe(`${first.child.pid}\n`);
  const second = await running(context, `--pid-file=${path}`);
  await stop(first);
  expect(readFileSync(path, "latin1")).toBe(`${second.child.pid}\n`); // the original removes the file of the other process
  await stop(second);
  expect(existsSync(path)).toBe(false);
});

test("--pid-file that is a link to a device: exit code 1, the link stays", async (context) => {
  const path = join(tmpFolder(context), "pid");
  symlinkSync("/dev/null", path);
  const { code } = await gearmand.run(context, quiet(tmpFolder(context), `--pid-file=${path}`));
  expect([code, existsSync(path)]).toEqual([1, true]);
});
