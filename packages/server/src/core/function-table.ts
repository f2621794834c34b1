import { JobFunction } from "./entities.ts";
import type { LimitRules } from "./queue-limits.ts";

/** All functions by name. They are created at their first use and stay until dropped. Source: job-server.md 2.1. */
export class FunctionTable {
  readonly #byName = new Map<string, JobFunction>();
  /** Names with capital letters by their lower case, oldest first; all others are their own lower case. */
  readonly #byLowerCase = new Map<string, Set<string>>();
  #max: number;
  #limits: LimitRules;

  /** @param max limit of functions */
  constructor(max: number, limits: LimitRules) {
    this.#max = max;
    this.#limits = limits;
  }

  /** New limits, for the functions that exist too. */
  setLimits(max: number, limits: LimitRules): void {
    this.#max = max;
    this.#limits = limits;
    for (const one of this) one.queueLimits = limits.limitsOf(one.name);
  }

  /** In order of creation. Functions may be created and dropped during the iteration. */
  [Symbol.iterator](): IterableIterator<JobFunction> {
    return this.#byName.values();
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Also marks the function as used. */
  find(name: string): JobFunction | undefined {
    const found = this.#byName.get(name);
    if (found !== undefined) found.wasUsed = true;
    return found;
  }

  /** Also marks the function as used. @returns undefined if there would be too many */
  findOrCreate(name: string): JobFunction | undefined {
    const found = this.find(name);
    if (found !== undefined || this.size >= this.#max) return found;
    const created = new JobFunction(name);
    created.queueLimits = this.#limits.limitsOf(name);
    this.#byName.set(name, created);
    const lower = asciiLower(name);
    if (lower !== name) {
      const names = this.#byLowerCase.get(lower);
      if (names === undefined) this.#byLowerCase.set(lower, new Set([name]));
      else names.add(name);
    }
    return created;
  }

  /**
   * Drops a function; ASCII case is ignored here only, but an exact match has precedence. `in-use`: it has
   * workers or jobs, also waiting ones (X11). Source: job-server.md 3 `drop function`.
   */
  drop(name: string): "dropped" | "unknown" | "in-use" {
    const found = this.#byName.get(name) ?? this.#findAnyCase(name);
    if (found === undefined) return "unknown";
    return this.deleteUnused(found) ? "dropped" : "in-use";
  }

  /** @returns false if the function has workers or jobs */
  deleteUnused(jobFunction: JobFunction): boolean {
    if (jobFunction.workers.size > 0 || jobFunction.total > 0) return false;
    const { name } = jobFunction;
    this.#byName.delete(name);
    const lower = asciiLower(name);
    const names = this.#byLowerCase.get(lower);
    if (names?.delete(name) === true && names.size === 0) this.#byLowerCase.delete(lower);
    return true;
  }

  #findAnyCase(name: string): JobFunction | undefined {
    const lower = asciiLower(name);
    const [oldest] = this.#byLowerCase.get(lower) ?? [];
    return this.#byName.get(lower) ?? (oldest === undefined ? undefined : this.#byName.get(oldest));
  }
}

/** Changes ASCII letters only: names are bytes. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
