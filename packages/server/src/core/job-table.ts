import { Job, type JobRequest } from "./job.ts";
import type { JobFunction } from "./job-function.ts";

const MAX_NUMBER = 0xffff_ffff;

/** All live jobs by handle. */
export class JobTable {
  readonly #byHandle = new Map<string, Job>();
  readonly #prefix: string;
  #number: number; // in the last handle, uint32
  #mayClash = false;
  #order = 0;

  /** @param prefix handles are `<prefix>:<n>`, n counting up from after `lastNumber` */
  constructor(prefix: string, lastNumber = 0) {
    this.#prefix = prefix;
    this.#number = lastNumber;
  }

  get size(): number {
    return this.#byHandle.size;
  }

  /** Jobs made since the start. */
  get made(): number {
    return this.#order;
  }

  /** In order of creation. */
  [Symbol.iterator](): IterableIterator<Job> {
    return this.#byHandle.values();
  }

  find(handle: string): Job | undefined {
    return this.#byHandle.get(handle);
  }

  /** A new job under a new handle. */
  create(request: JobRequest, jobFunction: JobFunction): Job {
    const handle = this.#nextHandle();
    this.#order += 1;
    const job = new Job(request, { handle, order: this.#order, function: jobFunction });
    this.#byHandle.set(handle, job);
    return job;
  }

  delete(job: Job): void {
    this.#byHandle.delete(job.handle);
  }

  /** After 2³² jobs the numbers start again, without the handles that are still in use. */
  #nextHandle(): string {
    for (;;) {
      if (this.#number === MAX_NUMBER) {
        this.#number = 0;
        this.#mayClash = true;
      }
      this.#number += 1;
      const handle = `${this.#prefix}:${this.#number}`;
      if (!this.#mayClash || !this.#byHandle.has(handle)) return handle;
    }
  }
}
