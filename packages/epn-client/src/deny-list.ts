import { dropOldest } from "./drop-oldest.ts";

/** Plugins that are not embedded for an hour because the server died with them. Bounded; the oldest entries are dropped. */
export class DenyList {
  readonly #now: () => number;
  readonly #strikes = new Map<string, { readonly count: number; readonly untilMs: number }>();

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    let denied = 0;
    for (const version of this.#strikes.keys()) if (this.isDenied(version)) denied++;
    return denied;
  }

  /** @param version of a file; a changed file has a new one and is not denied */
  isDenied(version: string): boolean {
    const entry = this.#strikes.get(version);
    return entry !== undefined && entry.count >= STRIKES && this.#now() < entry.untilMs;
  }

  /** The server died while it had this plugin. @returns true if it is denied after this */
  strike(version: string): boolean {
    const before = this.#strikes.get(version);
    const isOld = before === undefined || this.#now() >= before.untilMs;
    const count = isOld ? 1 : before.count + 1;
    this.#strikes.delete(version);
    this.#strikes.set(version, { count, untilMs: this.#now() + DENIED_MS });
    dropOldest(this.#strikes, CAPACITY);
    return count === STRIKES;
  }

  /** The plugin has completed. */
  clear(version: string): void {
    if (this.#strikes.size > 0) this.#strikes.delete(version);
  }
}

const STRIKES = 2;
const CAPACITY = 1000;
const DENIED_MS = 60 * 60 * 1000;
