import util from "node:util";
import { SpawnError } from "./spawner.ts";

/** Turns whatever `node:fs` or `node:child_process` threw into a SpawnError with a text of errno's own. */
export function toSpawnError(cause: unknown): SpawnError {
  if (cause instanceof SpawnError) return cause;
  if (!(cause instanceof Error)) return new SpawnError("EUNKNOWN", String(cause));
  const { code, errno } = cause as NodeJS.ErrnoException;
  // Node reports its own argument checks (NUL bytes, empty names) as ERR_*; to the caller they are EINVAL.
  if (!code) return new SpawnError("EUNKNOWN", cause.message, { cause });
  if (code.startsWith("ERR_")) return new SpawnError("EINVAL", "invalid argument", { cause });
  const text = errno === undefined ? code : util.getSystemErrorMessage(errno);
  return new SpawnError(code, text, { cause });
}
