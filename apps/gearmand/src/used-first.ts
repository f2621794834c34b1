import { setImmediate } from "node:timers/promises";

/** What of a function says whether it is in use. */
interface Use {
  readonly waiting: number;
  readonly running: number;
  readonly workers: number;
}

/** Bounds of one look at the functions of a server. */
export interface LookLimits {
  /** Functions in the answer. */
  readonly most: number;
  /** Functions that are looked at, fewer once there are enough in use; all by default, which are counted. */
  readonly lookedAt?: number;
  /** Functions that are looked at until other work of the process has its turn. */
  readonly perTurn: number;
}

/** Functions with jobs or workers first, then the oldest. @returns also how many were looked at */
export async function usedFirst<T extends Use>(
  functions: Iterable<T>,
  { most, lookedAt = Number.POSITIVE_INFINITY, perTurn }: LookLimits,
): Promise<{ readonly shown: readonly T[]; readonly count: number }> {
  const inUse: T[] = [];
  const others: T[] = [];
  let count = 0;
  for (const one of functions) {
    count += 1;
    const list = one.waiting > 0 || one.running > 0 || one.workers > 0 ? inUse : others;
    if (list.length < most) list.push(one);
    if (count === lookedAt || (inUse.length === most && Number.isFinite(lookedAt))) break;
    if (count % perTurn === 0) await setImmediate();
  }
  return { shown: [...inUse, ...others].slice(0, most), count };
}
