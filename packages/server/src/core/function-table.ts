import { JobFunction } from "./job-function.ts";

/** All functions by name. They appear with their first use and stay until dropped. Source: job-server.md 2.1. */
export class FunctionTable {
  readonly #byName = new Map<string, JobFunction>();

  /** In order of creation. */
  [Symbol.iterator](): IterableIterator<JobFunction> {
    return this.#byName.values();
  }

  get size(): number {
    return this.#byName.size;
  }

  find(name: string): JobFunction | undefined {
    return this.#byName.get(name);
  }

  findOrCreate(name: string): JobFunction {
    const found = this.#byName.get(name);
    if (found !== undefined) return found;
    const created = new JobFunction(name);
    this.#byName.set(name, created);
    return created;
  }

  /**
   * Forget a function; ASCII case does not matter in this one place, but an exact match goes first.
   * `in-use`: it has workers or jobs, also waiting ones (X11). Source: job-server.md 3 `drop function`.
   */
  drop(name: string): "dropped" | "unknown" | "in-use" {
    const found = this.#byName.get(name) ?? this.#findAnyCase(name);
    if (found === undefined) return "unknown";
    if (found.workers.length > 0 || found.total > 0) return "in-use";
    this.#byName.delete(found.name);
    return "dropped";
  }

  #findAnyCase(name: string): JobFunction | undefined {
    const wanted = asciiLower(name);
    for (const one of this.#byName.values()) if (asciiLower(one.name) === wanted) return one;
    return undefined;
  }
}

/** Lower case of ASCII letters only: names are bytes. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
