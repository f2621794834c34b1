import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection } from "node:net";

export { freePort } from "@mod-gearman/testkit";

const MAX_KEPT_OUTPUT = 1024 * 1024;
const STOP_MS = 15_000;
const CONNECT_PAUSE_MS = 20;

/** A program started by a test. */
export interface Running {
  readonly pid: number;
  /** Its exit code, null after a signal, when it has ended. */
  readonly ended: Promise<number | null>;
  /** The last MiB of stdout and stderr. */
  output(): string;
  /** Resolves when its output contains the text. */
  said(text: string, timeoutMs?: number): Promise<void>;
  /** SIGKILL, waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, then SIGKILL if it has not ended after 15 s; @returns its exit code, null after a signal */
  stop(): Promise<number | null>;
}

/** Its output is kept. */
export function start(file: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const kept = { text: "" };
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("latin1").on("data", (chunk: string) => {
      kept.text = (kept.text + chunk).slice(-MAX_KEPT_OUTPUT);
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, "exit");
  ended.catch(() => undefined); // a program that cannot be started: pidOf() reports it
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const patience = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(patience);
    return child.exitCode;
  };
  return {
    pid: pidOf(child),
    ended: ended.then(() => child.exitCode),
    output: () => kept.text,
    said: (text, timeoutMs = 20_000) => waitForText(text, () => kept.text, listeners, timeoutMs),
    kill: async () => {
      await end("SIGKILL");
    },
    stop: () => end("SIGTERM"),
  };
}

/** Ends a process without a wait, if it has not ended yet: for what a script leaves behind when it is broken off. */
export function killAtOnce(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`cannot start ${child.spawnfile}`);
  return child.pid;
}

function waitForText(
  text: string,
  read: () => string,
  listeners: Set<() => void>,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!read().includes(text)) return;
      clearTimeout(timer);
      listeners.delete(look);
      resolve();
    };
    const timer = setTimeout(() => {
      listeners.delete(look);
      reject(new Error(`not said within ${timeoutMs} ms: ${text}\n${read()}`));
    }, timeoutMs);
    listeners.add(look);
    look();
  });
}

/** Resolves when a process accepts connections on the port. */
export async function listening(port: number, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const socket = createConnection(port, "127.0.0.1");
    const answer = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (answer) return;
    if (performance.now() > deadline)
      throw new Error(`nothing listens on port ${port} after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, CONNECT_PAUSE_MS));
  }
}
