// @module-tag slow
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { quiet } from "./world.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const FLAGS = ["--experimental-strip-types", "--no-warnings", "--conditions=source"];

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the program from source; killed with the test. */
function start(
  context: TestContext,
  args: readonly string[],
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  context.onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, output }));
  return { child, ended };
}

async function ask(port: number, line: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${line}\n`);
  const [answer] = await once(socket, "data");
  socket.destroy();
  return String(answer);
}

/** Waits until a program answers on `port`. */
async function answering(port: number): Promise<string> {
  return await waitFor("an answer", () => ask(port, "version").catch(() => undefined));
}

async function started(context: TestContext, ...further: string[]) {
  const folder = tmpFolder(context);
  const port = await freePort();
  const program = start(context, quiet(folder, ...further, `--port=${port}`));
  await answering(port);
  return { ...program, port, folder };
}

test.for(["SIGTERM", "SIGINT"] as const)(
  "%s ends it with 0 and removes the pid file",
  async (signal, context) => {
    const { child, ended, port, folder } = await started(context, "--verbose=INFO");
    expect(await ask(port, "getpid")).toBe(`OK ${child.pid}\n`);
    expect(readFileSync(join(folder, "pid"), "latin1")).toBe(`${child.pid}\n`);
    child.kill(signal);
    const { code, output } = await ended;
    expect([code, existsSync(join(folder, "pid"))]).toEqual([0, false]);
    expect(output).toMatch(/Shutdown complete\n$/);
  },
);

test("SIGUSR1 waits for the last job, also without any connection; SIGTERM ends that", async (context) => {
  const { child, ended, port } = await started(context, "--verbose=INFO");
  const socket = connect(port, "127.0.0.1");
  socket.write(Buffer.from("0052455100000012000000056600750077", "hex")); // SUBMIT_JOB_BG f u w
  await once(socket, "data");
  child.kill("SIGUSR1");
  await waitFor("refused connections", () =>
    ask(port, "version").then(
      () => false,
      () => true,
    ),
  );
  socket.destroy();
  await once(socket, "close");
  expect(child.exitCode).toBeNull();
  child.kill("SIGTERM");
  const { code, output } = await ended;
  expect(code).toBe(0);
  expect(output).toMatch(
    /Shutting down when no job is left\n[\s\S]*Shutting down\n[\s\S]*Shutdown complete\n$/,
  );
});

test("SIGUSR1 without jobs ends it with 0; SIGHUP does not", async (context) => {
  const { child, ended, port } = await started(context);
  child.kill("SIGHUP");
  expect(await ask(port, "version")).toMatch(/^OK /);
  child.kill("SIGUSR1");
  expect((await ended).code).toBe(0);
});

test("--daemon: the parent ends once the detached process listens", async (context) => {
  const folder = tmpFolder(context);
  const port = await freePort();
  const args = quiet(folder, "--daemon", `--port=${port}`, `--log-file=${folder}/log`, "--verbose=INFO");
  expect(await start(context, args).ended).toEqual({ code: 0, output: "" });
  const pid = Number(readFileSync(join(folder, "pid"), "latin1"));
  context.onTestFinished(() => void killIfThere(pid));
  expect(await ask(port, "getpid")).toBe(`OK ${pid}\n`);
  process.kill(pid, "SIGTERM");
  await waitFor("its end", () => !existsSync(join(folder, "pid")));
  await waitFor("the last line", () => readFileSync(`${folder}/log`, "utf8").includes("Shutdown complete\n"));
});

test("--daemon: a log file that cannot be opened is reported to the caller", async (context) => {
  const folder = tmpFolder(context);
  const log = `${folder}/missing/log`;
  const args = quiet(folder, "--daemon", `--port=${await freePort()}`, `--log-file=${log}`);
  const { code, output } = await start(context, args).ended;
  const pid = Number(readFileSync(join(folder, "pid"), "latin1"));
  context.onTestFinished(() => void killIfThere(pid));
  expect(code).toBe(0);
  expect(output).toBe(
    `gearmand: Could not open log file "${log}", from "${process.cwd()}", switching to stderr. (No such file or directory)\n`,
  );
});

test("--daemon: the parent reports why the detached process could not start", async (context) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  context.onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const args = quiet(tmpFolder(context), "--daemon", "--bind-timeout=0", `--port=${port}`);
  expect(await start(context, args).ended).toEqual({
    code: 1,
    output:
      "gearmand: with --daemon a log on stderr is lost, unless systemd starts it: name a file\n" +
      `gearmand: Timeout occurred when calling bind() for 127.0.0.1:${port}\n`,
  });
});

test("a bad option ends it with 1", async (context) => {
  expect(await start(context, ["--bogus"]).ended).toEqual({
    code: 1,
    output: "gearmand: unrecognised option '--bogus'\n",
  });
});

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended, as expected
  }
}
