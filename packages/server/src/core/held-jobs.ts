interface Held<J> {
  heldBefore: J | undefined;
  heldAfter: J | undefined;
}

/** The jobs that one worker runs, in the order of assignment: linked through the jobs, without allocations. */
export class HeldJobs<J extends Held<J>> {
  #newest: J | undefined;
  #oldest: J | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `job` must not be held by a worker. */
  add(job: J): void {
    job.heldBefore = this.#newest;
    if (this.#newest === undefined) this.#oldest = job;
    else this.#newest.heldAfter = job;
    this.#newest = job;
    this.#size += 1;
  }

  /** `job` must be contained. */
  delete(job: J): void {
    const { heldBefore, heldAfter } = job;
    if (heldBefore === undefined) this.#oldest = heldAfter;
    else heldBefore.heldAfter = heldAfter;
    if (heldAfter === undefined) this.#newest = heldBefore;
    else heldAfter.heldBefore = heldBefore;
    job.heldBefore = undefined;
    job.heldAfter = undefined;
    this.#size -= 1;
  }

  /** The last added one; earlier ones follow through `heldBefore`. */
  get newest(): J | undefined {
    return this.#newest;
  }

  /** The first added one; later ones follow through `heldAfter`. */
  get oldest(): J | undefined {
    return this.#oldest;
  }
}
