import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FakeJobServer, type FakeScript, type TestContext } from "@mod-gearman/testkit";

/** The built program; these tests are about what is shipped. */
export const MAIN: string = fileURLToPath(new URL("../dist/main.js", import.meta.url));
if (!existsSync(MAIN)) throw new Error("gearman_top is not built; run `turbo run build` first");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program with pipes; killed with the test. */
export function start(
  context: TestContext,
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ended>; read: () => string } {
  const { CONFIG_GEARMAND_PORT: _, ...clean } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...clean, ...env },
  });
  context.onTestFinished(() => void child.kill("SIGKILL"));
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const read = () => Buffer.concat(stdout).toString("latin1");
  const ended = once(child, "close").then(([code]) => ({
    code: code as number | null,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  }));
  return { child, ended, read };
}

/** A scripted admin port on loopback; closed with the test. */
export async function listening(context: TestContext, script: FakeScript) {
  const server = new FakeJobServer(script);
  const { host, port } = await server.listen();
  context.onTestFinished(() => server.close());
  return { server, address: `${host}:${port}`, port };
}

/** The text without its times. */
export function timeless(text: string): string {
  return text.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm, "<time> ");
}
