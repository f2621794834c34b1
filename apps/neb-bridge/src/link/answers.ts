/**
 * Turns answers in any order into EVENT_DONE, which acknowledges this event and all earlier ones.
 *
 * A rejection is reported separately and at once, so it always precedes the EVENT_DONE that covers it.
 */
export class EventAnswers {
  readonly #send: (upTo: bigint) => void;
  /** Answers that wait for an older event; whether it was accepted. */
  readonly #answered = new Map<bigint, boolean>();
  #next = 1n;
  #unreported = 0n;

  /** @param send called by {@link flush} with the highest number to report */
  constructor(send: (upTo: bigint) => void) {
    this.#send = send;
  }

  /** Number of answered events that wait for the answer to an older one. */
  get heldBack(): number {
    return this.#answered.size;
  }

  /** Event `seq` is on a job server. */
  done(seq: bigint): void {
    this.#settle(seq, true);
  }

  /** Event `seq` was rejected by a separate message. */
  rejected(seq: bigint): void {
    this.#settle(seq, false);
  }

  #settle(seq: bigint, isAccepted: boolean): void {
    if (seq !== this.#next) {
      this.#answered.set(seq, isAccepted);
      return;
    }
    this.#pass(isAccepted);
    if (this.#answered.size === 0) return; // job servers answer in order
    for (
      let next = this.#answered.get(this.#next);
      next !== undefined;
      next = this.#answered.get(this.#next)
    ) {
      this.#answered.delete(this.#next);
      this.#pass(next);
    }
  }

  #pass(isAccepted: boolean): void {
    if (isAccepted) this.#unreported = this.#next;
    this.#next += 1n;
  }

  /** Reports events that became reportable since the last call; call it once per turn of the event loop. */
  flush(): void {
    if (this.#unreported === 0n) return;
    const upTo = this.#unreported;
    this.#unreported = 0n;
    this.#send(upTo);
  }
}
