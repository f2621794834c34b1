import { Job, type JobFunction } from "./entities.ts";
import type { JobRequest } from "./job-request.ts";

const MAX_NUMBER = 0xffff_ffff;
const MAX_DIGITS = 10;
const PAGE_BITS = 8;
const PAGE_JOBS = 1 << PAGE_BITS;
const ZERO = 0x30;
const NINE = 0x39;

/** 256 consecutive numbers. */
interface Page {
  /** Of its first job, without the last bits. */
  readonly number: number;
  readonly jobs: (Job | undefined)[];
  live: number;
}

/**
 * All live jobs by the number in their handle. Pages instead of a map: numbers increase and jobs are
 * short-lived, which makes a map of strings hash each handle again and rebuild itself repeatedly.
 */
export class JobTable {
  readonly #pages = new Map<number, Page>();
  #lastFound: Page | undefined; // jobs are taken and ended nearly in the order of their numbers
  #lastFilled: Page | undefined;
  readonly #prefix: string; // with the colon
  #number: number; // in the last handle, uint32
  #mayClash = false;
  #order = 0;
  #size = 0;

  /** @param prefix handles are `<prefix>:<n>`, n starting after `lastNumber` */
  constructor(prefix: string, lastNumber = 0) {
    this.#prefix = `${prefix}:`;
    this.#number = lastNumber;
  }

  get size(): number {
    return this.#size;
  }

  get made(): number {
    return this.#order;
  }

  /** In order of creation, except for reused numbers. */
  *[Symbol.iterator](): IterableIterator<Job> {
    for (const { jobs } of this.#pages.values()) for (const job of jobs) if (job !== undefined) yield job;
  }

  has(job: Job): boolean {
    return this.#at(job.number) === job;
  }

  find(handle: string): Job | undefined {
    const job = this.#at(Number(handle.slice(this.#prefix.length)));
    return job?.handle === handle ? job : undefined;
  }

  /** Finds a job by its handle, bytes `start` to `end` of `bytes`, without creating a string. */
  findBytes(bytes: Uint8Array, start: number, end: number): Job | undefined {
    const prefix = this.#prefix;
    const digitsAt = start + prefix.length;
    // numbers have no leading zero, and there is no number 0
    if (digitsAt >= end || end - digitsAt > MAX_DIGITS || bytes[digitsAt] === ZERO) return undefined;
    for (let at = 0; at < prefix.length; at++)
      if (prefix.charCodeAt(at) !== bytes[start + at]) return undefined;
    let number = 0;
    for (let at = digitsAt; at < end; at++) {
      const digit = bytes[at] as number;
      if (digit < ZERO || digit > NINE) return undefined;
      number = number * 10 + (digit - ZERO);
    }
    return number > MAX_NUMBER ? undefined : this.#at(number);
  }

  create(request: JobRequest, jobFunction: JobFunction): Job {
    const number = this.#nextNumber();
    this.#order += 1;
    const job = new Job(request, { prefix: this.#prefix, number, order: this.#order }, jobFunction);
    const page = this.#pageForNew(number >>> PAGE_BITS);
    page.jobs[number & (PAGE_JOBS - 1)] = job;
    page.live += 1;
    this.#size += 1;
    return job;
  }

  /** `job` must be contained. */
  delete(job: Job): void {
    const page = this.#page(job.number >>> PAGE_BITS);
    if (page === undefined) return;
    page.jobs[job.number & (PAGE_JOBS - 1)] = undefined;
    page.live -= 1;
    this.#size -= 1;
    if (page.live > 0) return;
    this.#pages.delete(page.number);
    this.#lastFound = undefined;
    if (this.#lastFilled === page) this.#lastFilled = undefined;
  }

  /** After 2³² jobs the numbers restart, without those still in use. */
  #nextNumber(): number {
    for (;;) {
      if (this.#number === MAX_NUMBER) {
        this.#number = 0;
        this.#mayClash = true;
      }
      this.#number += 1;
      if (!this.#mayClash || this.#at(this.#number) === undefined) return this.#number;
    }
  }

  #at(number: number): Job | undefined {
    return this.#page(number >>> PAGE_BITS)?.jobs[number & (PAGE_JOBS - 1)];
  }

  #page(pageNumber: number): Page | undefined {
    if (this.#lastFound?.number !== pageNumber) this.#lastFound = this.#pages.get(pageNumber);
    return this.#lastFound;
  }

  #pageForNew(pageNumber: number): Page {
    if (this.#lastFilled?.number === pageNumber) return this.#lastFilled;
    let page = this.#pages.get(pageNumber);
    if (page === undefined) {
      page = { number: pageNumber, jobs: new Array<Job | undefined>(PAGE_JOBS).fill(undefined), live: 0 };
      this.#pages.set(pageNumber, page);
    }
    this.#lastFilled = page;
    return page;
  }
}
