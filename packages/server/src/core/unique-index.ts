import type { Job, JobFunction } from "./entities.ts";

/** Limit of namesakes that one request looks at; each takes some microseconds. */
const MAX_LOOKS = 256;

/** Live jobs by their unique, at most one of each function. Every operation takes constant time. */
export class UniqueIndex {
  readonly #byUnique = new Map<string, Job | Namesakes>();
  #namesakes = 0; // entries that are no plain job
  /** The last unique that was looked for, and its entry: nearly every job is looked for and then added. */
  #sought: string | undefined;
  #foundLast: Job | Namesakes | undefined;

  get size(): number {
    return this.#byUnique.size;
  }

  find(unique: string, jobFunction: JobFunction): Job | undefined {
    const found = this.#byUnique.get(unique);
    this.#sought = unique;
    this.#foundLast = found;
    if (found === undefined) return undefined;
    if (found instanceof Namesakes) return found.find(jobFunction);
    return found.function === jobFunction ? found : undefined;
  }

  /** The youngest of those of any function for which `isSought` holds, among the youngest {@link MAX_LOOKS}. */
  newest(unique: string, isSought: (job: Job) => boolean): Job | undefined {
    const found = this.#byUnique.get(unique);
    if (found instanceof Namesakes) return found.newestOf(isSought);
    return found !== undefined && isSought(found) ? found : undefined;
  }

  /** `job` must be younger than all others, and the only one of its function with this unique. */
  add(job: Job): void {
    const found = this.#sought === job.unique ? this.#foundLast : this.#byUnique.get(job.unique);
    this.#sought = undefined;
    this.#foundLast = undefined;
    if (found === undefined) this.#byUnique.set(job.unique, job);
    else if (found instanceof Namesakes) found.add(job);
    else {
      this.#byUnique.set(job.unique, new Namesakes(found, job));
      this.#namesakes += 1;
    }
  }

  /** `job` must be contained. */
  delete(job: Job): void {
    this.#sought = undefined;
    this.#foundLast = undefined;
    if (this.#namesakes > 0) {
      const found = this.#byUnique.get(job.unique);
      if (found instanceof Namesakes) {
        found.delete(job);
        if (found.newest !== undefined) return;
        this.#namesakes -= 1;
      }
    }
    this.#byUnique.delete(job.unique);
  }
}

interface Entry {
  readonly job: Job;
  older: Entry | undefined;
  newer: Entry | undefined;
}

/** Jobs of several functions that have the same unique, in the order of their creation. */
class Namesakes {
  readonly #byFunction = new Map<JobFunction, Entry>();
  #newest: Entry | undefined;

  constructor(...jobs: readonly Job[]) {
    for (const job of jobs) this.add(job);
  }

  get newest(): Job | undefined {
    return this.#newest?.job;
  }

  newestOf(isSought: (job: Job) => boolean): Job | undefined {
    let left = MAX_LOOKS;
    for (let entry = this.#newest; entry !== undefined && left > 0; entry = entry.older, left--)
      if (isSought(entry.job)) return entry.job;
    return undefined;
  }

  find(jobFunction: JobFunction): Job | undefined {
    return this.#byFunction.get(jobFunction)?.job;
  }

  add(job: Job): void {
    const entry: Entry = { job, older: this.#newest, newer: undefined };
    if (this.#newest !== undefined) this.#newest.newer = entry;
    this.#newest = entry;
    this.#byFunction.set(job.function, entry);
  }

  delete(job: Job): void {
    const entry = this.#byFunction.get(job.function);
    if (entry === undefined) return;
    this.#byFunction.delete(job.function);
    if (entry.older !== undefined) entry.older.newer = entry.newer;
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
  }
}
