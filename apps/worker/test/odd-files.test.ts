// @module-tag slow
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BuiltProgram,
  closedAddress,
  namedProcess,
  type Started,
  type TestContext,
  tmpFolder,
  waitFor,
} from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";

const worker = new BuiltProgram(new URL("..", import.meta.url));

const BASE = ["--encryption=no", "--hostgroups=a", "--result_spool=no"];

function fifo(context: TestContext): string {
  const path = join(tmpFolder(context), "fifo");
  execFileSync("mkfifo", [path]);
  return path;
}

/** Starts the program and waits until it runs. */
async function running(context: TestContext, ...args: string[]): Promise<Started> {
  const program = worker.start(context, [...BASE, `--server=${await closedAddress()}`, ...args]);
  await waitFor("a running worker", () =>
    `${program.output()}${program.errors()}`.includes("cannot connect to"),
  );
  return program;
}

async function stop(program: Started): Promise<void> {
  program.child.kill("SIGTERM");
  expect((await program.ended).code).toBe(0);
}

describe("a path that is not a file: exit code 2 and the reason", () => {
  test.for([
    [
      "log-below-proc",
      "--logfile=/proc/x/w.log",
      "error opening logfile: /proc/x/w.log: ENOENT: no such file or directory",
    ],
    ["configuration", "--config=@", "cannot read @: a FIFO that no process writes"],
    ["key", "--keyfile=@", "cannot read @: a FIFO that no process writes"],
    ["pid file", "--pidfile=@", "Could not write pidfile: EINVAL: not a regular file but a FIFO"],
    ["log", "--logfile=@", "error opening logfile: @: ENXIO: a FIFO that no process reads"],
  ] as const)("%s", async ([, option, reason], context) => {
    const path = fifo(context);
    const args = [...BASE, "--server=127.0.0.1:1", option.replace("@", path)];
    const { code, stderr } = await worker.run(context, args);
    expect(code).toBe(2);
    expect(stderr).toContain(`Error: ${reason.replace("@", path)}`);
  });
});

test("a configuration that another program writes into a pipe, <(program)", async () => {
  const [host, port] = (await closedAddress()).split(":");
  const command = `exec "$@" --config=<(printf 'server=${host}:${port}\\nidentifier=from a pipe\\n') --check-config`;
  const program = [process.execPath, worker.main, ...BASE];
  const child = spawn("bash", ["-c", command, "bash", ...program], { stdio: ["ignore", "pipe", "inherit"] });
  expect(Buffer.concat(await child.stdout.toArray()).toString()).toContain("from a pipe");
});

test("configuration, key and log behind symbolic links", async (context) => {
  const folder = tmpFolder(context);
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "conf"), "encryption=yes\n");
  writeFileSync(join(folder, "data", "key"), "a key of more than 16 bytes\n", { mode: 0o600 });
  for (const name of ["conf", "key", "log"]) symlinkSync(join("data", name), join(folder, name));
  const program = worker.start(context, [
    ...BASE,
    `--config=${join(folder, "conf")}`,
    `--keyfile=${join(folder, "key")}`,
    `--logfile=${join(folder, "log")}`,
    `--server=${await closedAddress()}`,
  ]);
  const log = join(folder, "data", "log");
  await waitFor("a log", () => existsSync(log) && readFileSync(log, "latin1").includes("cannot connect to"));
  await stop(program);
});

test.for(["/dev/stdout", "/dev/stderr"])("--logfile=%s, which is a pipe here", async (path, context) => {
  const program = await running(context, `--logfile=${path}`);
  await stop(program);
  const text = path === "/dev/stdout" ? program.output() : program.errors();
  expect(text).toMatch(/mod_gearman_worker shutdown complete\n$/);
});

test("fifo-lock: a spool whose lock is a FIFO is not used, the worker runs", async (context) => {
  const folder = join(tmpFolder(context), "spool");
  mkdirSync(folder, { mode: 0o700 });
  execFileSync("mkfifo", [join(folder, "lock")]);
  const program = await running(context, `--result_spool=${folder}`);
  expect(program.output()).toContain(
    `no result spool, results wait in memory only: ${folder}: cannot be used (EINVAL: not a regular file but a FIFO`,
  );
  await stop(program);
});

test("p1_file that is a FIFO is not used, the worker runs", async (context) => {
  const path = fifo(context);
  const program = await running(context, "--enable_embedded_perl=yes", `--p1_file=${path}`);
  expect(program.output()).toContain(`p1_file ${path} is no server of this worker`);
  await stop(program);
});

describe("pid file", () => {
  test("foreign-pid: a file that names a living process of another program is replaced", async (context) => {
    const path = join(tmpFolder(context), "pid");
    writeFileSync(path, `${await namedProcess(context, "another_program")}\n`);
    const program = await running(context, `--pidfile=${path}`);
    expect(readFileSync(path, "latin1")).toBe(`${program.child.pid}\n`);
    await stop(program);
    expect(existsSync(path)).toBe(false);
  });

  test("a file of a running worker is refused and kept", async (context) => {
    const path = join(tmpFolder(context), "pid");
    const first = await running(context, `--pidfile=${path}`);
    const { code, stderr } = await worker.run(context, [
      ...BASE,
      "--server=127.0.0.1:1",
      `--pidfile=${path}`,
    ]);
    expect([code, stderr]).toEqual([2, `Error: worker already running: ${first.child.pid}\n`]);
    expect(readFileSync(path, "latin1")).toBe(`${first.child.pid}\n`);
    await stop(first);
  });

  test("a file that another process has written in the meantime is kept", async (context) => {
    const path = join(tmpFolder(context), "pid");
    const program = await running(context, `--pidfile=${path}`);
    writeFileSync(path, "4711\n");
    await stop(program);
    expect(readFileSync(path, "latin1")).toBe("4711\n");
  });
});
