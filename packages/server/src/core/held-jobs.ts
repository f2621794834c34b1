interface Held<R> {
  heldBefore: R | undefined;
  heldAfter: R | undefined;
}

/** The executions of one worker in the order of assignment: linked through themselves, without allocations. */
export class HeldJobs<R extends Held<R>> {
  #newest: R | undefined;
  #oldest: R | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `run` must not be contained. */
  add(run: R): void {
    run.heldBefore = this.#newest;
    if (this.#newest === undefined) this.#oldest = run;
    else this.#newest.heldAfter = run;
    this.#newest = run;
    this.#size += 1;
  }

  /** `run` must be contained. */
  delete(run: R): void {
    const { heldBefore, heldAfter } = run;
    if (heldBefore === undefined) this.#oldest = heldAfter;
    else heldBefore.heldAfter = heldAfter;
    if (heldAfter === undefined) this.#newest = heldBefore;
    else heldAfter.heldBefore = heldBefore;
    run.heldBefore = undefined;
    run.heldAfter = undefined;
    this.#size -= 1;
  }

  /** The last added one; earlier ones follow through `heldBefore`. */
  get newest(): R | undefined {
    return this.#newest;
  }

  /** The first added one; later ones follow through `heldAfter`. */
  get oldest(): R | undefined {
    return this.#oldest;
  }
}
