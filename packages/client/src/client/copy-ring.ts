import type { ForegroundSubmit } from "./foreground-submit.ts";

/** A waiting submit, which gets one copy of every packet, or a number of copies for settled submits. */
interface Entry {
  readonly submit: ForegroundSubmit | undefined;
  readonly copies: number;
}

const SLACK = 16; // settled submits that may stay before the ring is compacted

/**
 * Assigns copies of packets to submits: the server sends each packet of a job once per submit, settled submits included
 * (job-server.md 2.2). Settled submits are counted, not retained. Internal to the package.
 */
export class CopyRing {
  #entries: Entry[] = [];
  #at = 0; // the entry whose turn it is
  #used = 0; // copies it got in this round
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  /** Entries held; at most twice the waiting ones plus {@link SLACK}. */
  get length(): number {
    return this.#entries.length;
  }

  /** The server has attached the submit, which may be settled already. */
  add(submit: ForegroundSubmit): void {
    this.#entries.push({ submit, copies: 1 });
    if (!submit.cancelled) this.#waiting++;
    else this.#compact();
  }

  settled(): void {
    this.#waiting--;
    this.#compact();
  }

  /** The receiver of the next copy of a packet; settled or undefined if the copy is to be ignored. */
  next(): ForegroundSubmit | undefined {
    const entry = this.#entries[this.#at];
    if (entry === undefined) return undefined;
    if (++this.#used === entry.copies) {
      this.#used = 0;
      this.#at = (this.#at + 1) % this.#entries.length;
    }
    return entry.submit;
  }

  submits(): ForegroundSubmit[] {
    return this.#entries.flatMap(({ submit }) => (submit === undefined || submit.cancelled ? [] : [submit]));
  }

  /** Joins adjacent settled entries once there are enough for an amortised cost of O(1) per submit. */
  #compact(): void {
    if (this.#entries.length <= 2 * this.#waiting + SLACK) return;
    const entries: Entry[] = [];
    let copies = 0;
    const close = () => {
      if (copies > 0) entries.push({ submit: undefined, copies });
      copies = 0;
    };
    const [turn, ...others] = [...this.#entries.slice(this.#at), ...this.#entries.slice(0, this.#at)];
    const left = turn === undefined ? [] : [{ ...turn, copies: turn.copies - this.#used }];
    const used = this.#used === 0 ? [] : [{ submit: undefined, copies: this.#used }];
    for (const entry of [...left, ...others, ...used]) {
      if (entry.submit === undefined || entry.submit.cancelled) copies += entry.copies;
      else {
        close();
        entries.push(entry);
      }
    }
    close();
    this.#entries = entries;
    this.#at = 0;
    this.#used = 0;
  }
}
