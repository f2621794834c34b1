import { type Clock, processStart } from "@mod-gearman/base";

const CHECK_EVERY_MS = 2000;

/**
 * Calls `onGone` once when process `pid` has ended, also if its number was reused by another process.
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
