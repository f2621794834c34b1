/**
 * What becomes of a request that would exceed a limit. `reject`: it is answered with ERROR. `drop-oldest`: jobs that wait
 * longest make way, the least urgent first and none that is more urgent than the new one. `drop-newest`: a background
 * request is acknowledged and dropped, one whose client waits is rejected.
 */
export type OverflowPolicy = "reject" | "drop-oldest" | "drop-newest";

/** Limits of the waiting jobs of one function; 0 = none. */
export interface QueueLimits {
  readonly count: number;
  /** Of their workloads. */
  readonly bytes: number;
  /** Jobs that wait longer are dropped. */
  readonly ageSeconds: number;
  readonly policy: OverflowPolicy;
}

/** Limits for some functions; what is missing is left to the rules before. */
export interface QueueLimitRule extends Partial<QueueLimits> {
  /** latin1 string of the bytes of a name, or, with `*` at its end, of the start of names. */
  readonly functions: string;
}

/** Shared by all functions without limits. */
export const UNLIMITED: QueueLimits = { count: 0, bytes: 0, ageSeconds: 0, policy: "reject" };

/** Finds the limits of a function. Rules for a name are stronger than those with `*`, later ones than earlier ones. */
export class LimitRules {
  readonly #exact: readonly QueueLimitRule[];
  readonly #starts: readonly QueueLimitRule[];
  readonly #known = new Map<string, QueueLimits>(); // by the numbers of their rules, to be shared
  readonly hasAges: boolean;

  constructor(rules: readonly QueueLimitRule[]) {
    this.#exact = rules.filter(({ functions }) => !functions.endsWith("*"));
    this.#starts = rules.filter(({ functions }) => functions.endsWith("*"));
    this.hasAges = rules.some(({ ageSeconds = 0 }) => ageSeconds > 0);
  }

  limitsOf(name: string): QueueLimits {
    const starts = this.#starts.filter(({ functions }) => name.startsWith(functions.slice(0, -1)));
    const found = [...starts, ...this.#exact.filter(({ functions }) => functions === name)];
    if (found.length === 0) return UNLIMITED;
    const all = [...this.#starts, ...this.#exact];
    const key = found.map((rule) => all.indexOf(rule)).join();
    let limits = this.#known.get(key);
    if (limits === undefined) {
      const { functions: _, ...merged } = Object.assign({ ...UNLIMITED, functions: "" }, ...found);
      limits = merged as QueueLimits;
      this.#known.set(key, limits);
    }
    return limits;
  }
}
