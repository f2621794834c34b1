import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";

/** The built program; these tests are about what is shipped. */
export const MAIN: string = fileURLToPath(new URL("../dist/main.js", import.meta.url));
if (!existsSync(MAIN)) throw new Error("send_multi is not built; run `turbo run build` first");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly cwd?: string;
  /** Given to the program, then end of input; "open": input stays open. Default: no input at all. */
  readonly stdin?: Buffer | "open";
}

/** Runs the built program with pipes; killed with the test. Its home is an empty folder of the test. */
export function start(context: TestContext, args: readonly string[], options: StartOptions = {}): Started {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    cwd: options.cwd,
    env: { PATH: process.env.PATH, HOME: options.cwd ?? tmpFolder(context) },
  });
  context.onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.on("error", () => undefined); // it may end without reading
  if (options.stdin !== "open") child.stdin.end(options.stdin);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const ended = once(child, "close").then(([code]) => ({
    code: code as number | null,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  }));
  return { child, ended };
}

/** Runs the built program to its end. */
export function runProgram(
  context: TestContext,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Ended> {
  return start(context, args, options).ended;
}
