import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { omitUndefined } from "@mod-gearman/base";

/** A running `logger`; a ChildProcess fits. */
export interface LoggerProcess {
  /** Undefined if it could not be started. */
  readonly pid?: number | undefined;
  readonly stdin: Writable | null;
  readonly stderr: Readable | null;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "close", listener: (code: number | null, signal: NodeJS.Signals | null) => void): unknown;
}

/** Starts a program with pipes at stdin and stderr. An error thrown counts as not started. */
export type StartLogger = (command: string, args: readonly string[]) => LoggerProcess;

/** Of util-linux. */
export const LOGGER_COMMAND = "logger";
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

/**
 * {@link StartLogger} of the machine. It runs in a session of its own, so that Ctrl-C at a terminal leaves it time for the
 * last lines, and ends when its stdin is closed. It keeps no process alive; its environment is PATH and TZ.
 */
export const startLogger: StartLogger = (command, args) => {
  const { PATH = DEFAULT_PATH, TZ } = process.env;
  const child = spawn(command, [...args], {
    stdio: ["pipe", "ignore", "pipe"],
    detached: true,
    cwd: "/",
    env: omitUndefined({ PATH, TZ }),
  });
  child.unref();
  for (const stream of [child.stdin, child.stderr]) unref(stream);
  return child;
};

/** Whether `logger` is in one of the folders of `path`, colon-separated. */
export function hasLogger(path: string = process.env.PATH ?? DEFAULT_PATH): boolean {
  return path.split(":").some((folder) => isExecutable(join(folder, LOGGER_COMMAND)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Pipes of a child are sockets, contrary to their type; undefined if descriptors were exhausted. */
function unref(stream: Readable | Writable | null | undefined): void {
  if (stream !== null && stream !== undefined && "unref" in stream && typeof stream.unref === "function")
    stream.unref();
}
