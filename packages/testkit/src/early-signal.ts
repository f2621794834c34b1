import { readFileSync } from "node:fs";
import type { Started } from "./built-program.ts";

/** Masks of a process, 64 bits each: blocked, ignored and caught signals. Source: proc(5), status. */
function masksOf(pid: number): { text: string; survived: bigint } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const masks = [...status.matchAll(/^Sig(?:Blk|Ign|Cgt):\t(\w+)$/gm)].map((match) => match[1] ?? "0");
    return { text: masks.join(" "), survived: masks.reduce((all, mask) => all | BigInt(`0x${mask}`), 0n) };
  } catch {
    return undefined; // it has ended
  }
}

/**
 * Starts a program repeatedly, each time sending it `number` in another state of its signal handling, as soon as that
 * state is observed, for all states in which the signal does not end it. No state is waited for by time.
 *
 * @param number of the signal
 * @param isReady true if a started program is ready
 * @param check condition for one that was sent the signal, and is ready or has ended
 * @returns the number of states
 */
export async function signalInEachState(
  number: number,
  start: () => Started,
  isReady: (program: Started) => boolean,
  check: (program: Started) => Promise<void>,
): Promise<number> {
  for (let count = 0; ; count++) {
    const program = start();
    const wasSent = await sendInNewState(program, number, count, isReady);
    await untilReady(program, isReady);
    await check(program);
    if (!wasSent) return count;
  }
}

/** @returns false if the program was ready before it had passed through `skipped` states and one more */
async function sendInNewState(
  program: Started,
  number: number,
  skipped: number,
  isReady: (program: Started) => boolean,
): Promise<boolean> {
  const seen = new Set<string>();
  for (;;) {
    const masks = masksOf(program.child.pid ?? 0);
    if (masks === undefined || isReady(program)) return false;
    if (masks.survived & (1n << BigInt(number - 1))) seen.add(masks.text);
    if (seen.size > skipped) return program.child.kill(number);
    await new Promise(setImmediate);
  }
}

async function untilReady(program: Started, isReady: (program: Started) => boolean): Promise<void> {
  let hasEnded = false;
  void program.ended.then(() => {
    hasEnded = true;
  });
  while (!hasEnded && !isReady(program)) await new Promise(setImmediate);
}
