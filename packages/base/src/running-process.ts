import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { basename, resolve } from "node:path";

/** Ticks of {@link processStart} per second: USER_HZ on all Linux platforms of Node. Source: proc(5). */
const TICK_MS = 10;
/** Field 22 of /proc/<pid>/stat, counted from the field after the program's name. */
const START_TIME = 19;
/** Programs that run another one: the next word that is not an option. */
const INTERPRETERS = /^(?:node|nodejs|sh|dash|bash|perl)$/;

/** Start time of a process in clock ticks since boot, as text; undefined if there is no such process. */
export function processStart(pid: number): string | undefined {
  const stat = readProc(`${pid}/stat`);
  if (stat === undefined) return undefined;
  // the second field is the command in parentheses and may itself contain blanks and parentheses
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : fields[START_TIME];
}

/**
 * Start time of a process by the wall clock, milliseconds since 1970; undefined if there is no such process.
 * Computed from the start of this process, since the boot time of a container may be wrong.
 */
export function processStartedMs(pid: number): number | undefined {
  const [own, other] = [processStart(process.pid), processStart(pid)];
  if (own === undefined || other === undefined) return undefined;
  return performance.timeOrigin + (Number(other) - Number(own)) * TICK_MS;
}

/**
 * True if a process runs one of `programs`, or the file that this process runs; undefined if that cannot be
 * determined.
 *
 * @param programs names without folder
 */
export function runsProgram(pid: number, programs: readonly string[]): boolean | undefined {
  const words = readProc(`${pid}/cmdline`)?.split("\0");
  if (words === undefined) return undefined;
  const [command = "", ...rest] = words;
  const script = INTERPRETERS.test(basename(command))
    ? rest.find((word) => !word.startsWith("-"))
    : undefined;
  if ([command, script ?? ""].some((word) => programs.includes(basename(word)))) return true;
  return script !== undefined && isSameFile(pid, script, process.argv[1] ?? "");
}

function isSameFile(pid: number, script: string, own: string): boolean {
  try {
    return realpathSync(resolve(readlinkSync(`/proc/${pid}/cwd`), script)) === realpathSync(own);
  } catch {
    return basename(script) === basename(own);
  }
}

function readProc(name: string): string | undefined {
  try {
    return readFileSync(`/proc/${name}`, "latin1");
  } catch {
    return undefined;
  }
}
