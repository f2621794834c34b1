import type { ForegroundSubmit } from "./foreground-submit.ts";

/** A submit that waits with its one copy of every packet, or copies that belong to submits that were settled. */
interface Entry {
  readonly submit: ForegroundSubmit | undefined;
  readonly copies: number;
}

const SLACK = 16; // settled submits that may stay before the ring is compacted

/**
 * Whose turn the next copy of a packet is: the server sends each packet of a job once per submit, those of settled
 * submits included (job-server.md 2.2). Settled submits are counted, not kept. Internal to the package.
 */
export class CopyRing {
  #entries: Entry[] = [];
  #at = 0; // the entry whose turn it is
  #taken = 0; // copies it has had in this round
  #waiting = 0;

  /** Submits that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Entries held; at most twice those that wait, and {@link SLACK} more. */
  get length(): number {
    return this.#entries.length;
  }

  /** The server has attached the submit, whether it still waits or not. */
  add(submit: ForegroundSubmit): void {
    this.#entries.push({ submit, copies: 1 });
    if (!submit.cancelled) this.#waiting++;
    else this.#compact();
  }

  /** One of the submits, which waited so far, has been settled. */
  settled(): void {
    this.#waiting--;
    this.#compact();
  }

  /** The submit that the next copy of a packet is for; a settled one, or undefined, has no use for it. */
  next(): ForegroundSubmit | undefined {
    const entry = this.#entries[this.#at];
    if (entry === undefined) return undefined;
    if (++this.#taken === entry.copies) {
      this.#taken = 0;
      this.#at = (this.#at + 1) % this.#entries.length;
    }
    return entry.submit;
  }

  /** All that wait. */
  submits(): ForegroundSubmit[] {
    return this.#entries.flatMap(({ submit }) => (submit === undefined || submit.cancelled ? [] : [submit]));
  }

  /** Joins neighbours that were settled, once there are so many that it costs nothing per submit. */
  #compact(): void {
    if (this.#entries.length <= 2 * this.#waiting + SLACK) return;
    const entries: Entry[] = [];
    let copies = 0;
    const close = () => {
      if (copies > 0) entries.push({ submit: undefined, copies });
      copies = 0;
    };
    const [turn, ...others] = [...this.#entries.slice(this.#at), ...this.#entries.slice(0, this.#at)];
    const left = turn === undefined ? [] : [{ ...turn, copies: turn.copies - this.#taken }];
    const taken = this.#taken === 0 ? [] : [{ submit: undefined, copies: this.#taken }];
    for (const entry of [...left, ...others, ...taken]) {
      if (entry.submit === undefined || entry.submit.cancelled) copies += entry.copies;
      else {
        close();
        entries.push(entry);
      }
    }
    close();
    this.#entries = entries;
    this.#at = 0;
    this.#taken = 0;
  }
}
