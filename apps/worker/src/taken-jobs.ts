/** Counters of one page, one bit each. */
const PAGE = 4096;
const BITS = 32;
/** Of one key, together 1 MiB: at 1,000 jobs a second those of two hours. */
const MAX_PAGES = 2048;

/** Which sealed job this is: the same for each copy of it. */
export interface JobToken {
  /** Id of an own key, latin1. */
  readonly key: string;
  /** Boot id of the bridge, latin1. */
  readonly run: string;
  readonly counter: number;
}

/** One run of a bridge. */
interface Run {
  /** All counters below this one count as taken. */
  floor: number;
  readonly pages: Map<number, Uint32Array>;
}

/**
 * Sealed jobs that this worker has begun, so that a copy of one is not run. Each key of the worker has a memory of its own: with the key
 * of one queue no job of another can be made to look like a copy.
 */
export class TakenJobs {
  readonly #maxPages: number;
  readonly #byKey = new Map<string, TakenOfKey>();

  /** @param maxPages of 4096 counters, for each key */
  constructor(maxPages: number = MAX_PAGES) {
    this.#maxPages = maxPages;
  }

  /** Of bridges that are remembered. */
  get runs(): number {
    return [...this.#byKey.values()].reduce((sum, { runs }) => sum + runs, 0);
  }

  /**
   * @param token of an authentic job
   * @returns false for a job that was taken before
   */
  take({ key, run, counter }: JobToken): boolean {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known.take(run, counter);
    const made = new TakenOfKey(this.#maxPages);
    this.#byKey.set(key, made);
    return made.take(run, counter);
  }

  /** It was not run after all, and the job server hands it out again. */
  giveBack({ key, run, counter }: JobToken): void {
    this.#byKey.get(key)?.giveBack(run, counter);
  }
}

/**
 * Jobs under one key. A bit for each, so that far more fit than are sent before the deadline of the first; when there are more, the lowest
 * counters of the oldest run count as taken.
 */
class TakenOfKey {
  readonly #maxPages: number;
  /** By boot id, latin1; oldest first. */
  readonly #runs = new Map<string, Run>();
  #pages = 0;

  constructor(maxPages: number) {
    this.#maxPages = maxPages;
  }

  get runs(): number {
    return this.#runs.size;
  }

  take(name: string, counter: number): boolean {
    const run = this.#runs.get(name) ?? { floor: 0, pages: new Map<number, Uint32Array>() };
    if (counter < run.floor) return false;
    this.#runs.set(name, run);
    const page = this.#pageOf(run, Math.floor(counter / PAGE));
    const { word, bit } = placeOf(counter);
    const before = page[word] ?? 0;
    page[word] = before | bit;
    return (before & bit) === 0;
  }

  giveBack(name: string, counter: number): void {
    const page = this.#runs.get(name)?.pages.get(Math.floor(counter / PAGE));
    const { word, bit } = placeOf(counter);
    if (page !== undefined) page[word] = (page[word] ?? 0) & ~bit;
  }

  #pageOf(run: Run, number: number): Uint32Array {
    const known = run.pages.get(number);
    if (known !== undefined) return known;
    while (this.#pages >= this.#maxPages) this.#forgetOldest(run);
    const page = new Uint32Array(PAGE / BITS);
    run.pages.set(number, page);
    this.#pages += 1;
    return page;
  }

  /** @param current the run that needs room; it stays */
  #forgetOldest(current: Run): void {
    for (const [name, run] of this.#runs) {
      if (run.pages.size === 0) {
        if (run !== current) this.#runs.delete(name);
        continue;
      }
      const lowest = Math.min(...run.pages.keys());
      run.pages.delete(lowest);
      run.floor = Math.max(run.floor, (lowest + 1) * PAGE); // a job that came late may lie below it
      this.#pages -= 1;
      return;
    }
  }
}

function placeOf(counter: number): { word: number; bit: number } {
  const at = counter % PAGE;
  return { word: Math.floor(at / BITS), bit: 1 << (at % BITS) };
}
