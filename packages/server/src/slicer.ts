import { Fifo } from "@mod-gearman/base";

/** A long operation that is done in slices. */
export interface SlicedWork {
  /** Performs one step, a few microseconds. @returns false if none is left, or it has to wait: `run` it again then */
  step(): boolean;
}

/** Default of {@link Slicer}: one to two milliseconds. */
const STEPS_PER_TURN = 2048;
/** Steps of one work before the next one continues. */
const STEPS_IN_A_ROW = 256;

/**
 * Limits the long work of one turn of the event loop, for any number of clients that cause it. Short work is
 * done at once, unless other work is pending or the turn has no steps left.
 */
export class Slicer {
  readonly #stepsPerTurn: number;
  readonly #waiting = new Fifo<SlicedWork>();
  #stepsLeft: number;
  #turn = 0;
  #isScheduled = false;
  #isClosed = false;

  constructor(stepsPerTurn: number = STEPS_PER_TURN) {
    this.#stepsPerTurn = stepsPerTurn;
    this.#stepsLeft = stepsPerTurn;
  }

  /** Number of the current turn of the event loop; turns in which it is not read are not counted. */
  get turn(): number {
    this.#schedule();
    return this.#turn;
  }

  /** Starts `work`, or continues it after it had to wait. */
  run(work: SlicedWork): void {
    if (this.#isClosed) return;
    if (this.#waiting.length > 0 || !this.#advance(work, this.#stepsPerTurn)) this.#waiting.push(work);
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    while (this.#waiting.shift() !== undefined);
  }

  /** @returns true if nothing is left for the slicer */
  #advance(work: SlicedWork, maxSteps: number): boolean {
    for (let left = maxSteps; left > 0 && this.#stepsLeft > 0; left--) {
      this.#stepsLeft -= 1;
      if (!work.step()) return true;
    }
    return false;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    setImmediate(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#isScheduled = false;
    this.#turn += 1;
    this.#stepsLeft = this.#stepsPerTurn;
    while (this.#stepsLeft > 0) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      if (!this.#advance(work, STEPS_IN_A_ROW)) this.#waiting.push(work);
    }
    this.#schedule();
  };
}
