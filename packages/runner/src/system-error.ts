import util from "node:util";
import { SpawnError } from "./spawner.ts";

/** Turns an error of `node:fs` or `node:child_process` into a SpawnError with the text of its errno. */
export function toSpawnError(cause: unknown): SpawnError {
  if (cause instanceof SpawnError) return cause;
  if (!(cause instanceof Error)) return new SpawnError("EUNKNOWN", String(cause));
  const { code, errno } = cause as NodeJS.ErrnoException;
  // Node reports its own argument checks (NUL bytes, empty names) as ERR_*: EINVAL for the caller
  if (!code) return new SpawnError("EUNKNOWN", cause.message, { cause });
  if (code.startsWith("ERR_")) return new SpawnError("EINVAL", "invalid argument", { cause });
  const text = errno === undefined ? code : systemErrorText(code, errno);
  return new SpawnError(code, text, { cause });
}

/** The text of the system; for E2BIG with an explanation. `errno` is negative, as in Node. */
export function systemErrorText(code: string, errno: number): string {
  const text = util.getSystemErrorMessage(errno) ?? `error ${-errno}`;
  return code === "E2BIG" ? `${TOO_LONG}: ${text}` : text;
}

const TOO_LONG = "command line and environment are longer than this system takes";
