import { readFileSync } from "node:fs";

const KIB = 1024;
const STACK_SHARE = 4;
const LEAST_BYTES = 128 * KIB;
const MOST_BYTES = 6 * KIB * KIB;
const POINTER_BYTES = 8;
const SOFT_STACK_LIMIT = /^Max stack size +(\d+) /m;

/**
 * Bytes that a system takes for the arguments and the environment of a program together (ARG_MAX), see
 * {@link argumentBytes}: a quarter of the soft limit of the stack, at least 128 KiB, at most 6 MiB.
 *
 * @param limits content of `/proc/self/limits`; without a number in it the answer is 6 MiB
 * Source: execve(2), "Limits on size of arguments and environment"; linux: fs/exec.c, `bprm_stack_limits`.
 */
export function readArgumentLimit(limits: string): number {
  const stackBytes = SOFT_STACK_LIMIT.exec(limits)?.[1];
  if (stackBytes === undefined) return MOST_BYTES;
  const share = Math.floor(Number(stackBytes) / STACK_SHARE);
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, share));
}

/** Cost of one string against the limit: its bytes, its NUL and a pointer. */
export function argumentBytes(length: number): number {
  return length + 1 + POINTER_BYTES;
}

/** The limit of this process and of the processes it starts. */
export const ARGUMENT_LIMIT: number = readArgumentLimit(ownLimits());

/**
 * Refuses a command line that is longer than all arguments together may be, before any other work is done with it (D28).
 * For a shorter one execve() decides: quotes and blanks do not count there, the environment does.
 *
 * @returns the reason; undefined if it may be run
 */
export function refuseLength(commandLine: Buffer, limit: number = ARGUMENT_LIMIT): string | undefined {
  if (commandLine.length <= limit) return undefined;
  return `command line of ${commandLine.length} bytes is too long, this system takes ${limit}`;
}

function ownLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "latin1");
  } catch {
    return ""; // no /proc: execve() refuses the rest
  }
}
