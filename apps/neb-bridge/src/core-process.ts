import { readFileSync } from "node:fs";

import type { Clock } from "@mod-gearman/client";

const CHECK_EVERY_MS = 2000;
const START_TIME_FIELD = 22; // proc(5), /proc/<pid>/stat

/** Start time of a process in clock ticks since boot, as text; undefined when there is no such process. */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the command in parentheses and may itself contain blanks and parentheses.
    const afterCommand = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (afterCommand[0] === "Z") return undefined;
    return afterCommand[START_TIME_FIELD - 3];
  } catch {
    return undefined;
  }
}

/**
 * Calls `onGone` once when process `pid` has ended, also when its number was given to another process.
 *
 * @returns a function that stops watching
 */
export function watchProcess(
  pid: number,
  clock: Clock,
  onGone: () => void,
  start: (pid: number) => string | undefined = processStart,
): () => void {
  const first = start(pid);
  let timer = clock.setTimeout(look, 0);
  function look(): void {
    if (first === undefined || start(pid) !== first) onGone();
    else timer = clock.setTimeout(look, CHECK_EVERY_MS);
  }
  return () => clock.clearTimeout(timer);
}
