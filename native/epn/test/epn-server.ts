import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { requireSlowTag, type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { afterAll, beforeAll } from "vitest";
import { epnScript } from "../src/index.ts";

/** The last line of an answer; keys as in the README. Strings have one byte per code unit (protocol 2). */
export interface EpnResult {
  readonly compile_duration: number;
  readonly cpu_user: number;
  readonly error?: string;
  readonly forked?: number;
  readonly maxrss: number;
  readonly rc: number;
  readonly run_duration: number;
  readonly signal: number;
  readonly stderr: string;
  readonly stdout: string;
  readonly timedout: number;
  readonly truncated: number;
}

/** Default of `protocol`: 2. */
interface EpnRequest {
  readonly args?: readonly string[];
  readonly bin: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clean?: boolean;
  readonly timeout?: number;
  readonly maxOutput?: number;
  readonly protocol?: number;
}

/** A running server with a folder for plugins. */
export interface EpnServer {
  readonly folder: string;
  readonly socketPath: string;
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Both output streams so far. */
  readonly log: () => string;
  /** Settles with the exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
  /** Writes an executable plugin. @returns its absolute path */
  plugin(name: string, source: string | Buffer): string;
  /** Sends one request, reads the whole answer. */
  run(request: EpnRequest): Promise<EpnResult>;
  /** Sends one line (LF is added), reads the whole answer as text. */
  send(line: string | Buffer): Promise<string>;
  connect(): Promise<Socket>;
}

/** Environment without variables of this shell that affect Perl. */
export const plainEnv: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: "/", LC_ALL: "C" };

/** Starts the server with `-c` and these options and waits until it is ready. */
export async function startEpn(
  context: TestContext,
  options: readonly string[] = ["-c"],
  folder: string = tmpFolder(context),
): Promise<EpnServer> {
  requireSlowTag(context, "the Perl server");
  const socketPath = join(folder, "epn.socket");
  const child = spawn("perl", [epnScript(), ...options, socketPath], {
    env: plainEnv,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = once(child, "exit").then(([code, signal]): number | string => code ?? signal);
  context.onTestFinished(async () => {
    child.stdin.destroy();
    child.kill("SIGINT");
    await ended;
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await waitFor("ready line", () => log.includes("ready\n"));
  const connect = (): Promise<Socket> => connectTo(socketPath);
  const send = async (line: string | Buffer): Promise<string> => answerOf(await connect(), line);
  return {
    folder,
    socketPath,
    process: child,
    log: () => log,
    ended,
    plugin: (name, source) => writePlugin(join(folder, name), source),
    run: async (request) => lastLine(await send(requestLine(request))),
    send,
    connect,
  };
}

/** One server for all tests of a file. */
export function sharedEpn(): () => EpnServer {
  let server: EpnServer | undefined;
  const cleanups: (() => void | Promise<void>)[] = [];
  beforeAll(async () => {
    server = await startEpn({ onTestFinished: (cleanup) => void cleanups.unshift(cleanup) });
  });
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });
  return () => {
    if (server === undefined) throw new Error("asked for before the tests began");
    return server;
  };
}

/** Writes an executable file. @returns its path */
export function writePlugin(path: string, source: string | Buffer): string {
  writeFileSync(path, source);
  chmodSync(path, 0o755);
  return path;
}

/** Without LF. */
function requestLine({ args = [], env = {}, timeout = 60, ...rest }: EpnRequest): string {
  return JSON.stringify({ args, env, protocol: 2, timeout, ...rest });
}

/** @throws Error if the last line of the answer is not JSON */
export function lastLine(answer: string): EpnResult {
  return JSON.parse(answer.trimEnd().split("\n").at(-1) ?? "");
}

/** From the first line of an answer. */
export function pidLine(answer: string): number {
  return JSON.parse(answer.split("\n")[0] ?? "").pid;
}

async function connectTo(path: string): Promise<Socket> {
  const socket = createConnection(path);
  await once(socket, "connect");
  return socket;
}

/** Sends one line and reads until the server closes. */
export async function answerOf(socket: Socket, line: string | Buffer): Promise<string> {
  socket.write(Buffer.concat([Buffer.from(line), Buffer.from("\n")]));
  return readAll(socket);
}

/** All bytes until the peer closes, as text. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

/** From an answer that has not ended. */
export async function readPid(socket: Socket): Promise<number> {
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return pidLine(await waitFor("pid line", () => text.includes("\n") && text));
}

/** False for a process that has ended or is a zombie. */
export function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false; // the process has ended
  }
}
