/**
 * Turns answers that come in any order into EVENT_DONE, which acknowledges this event and all earlier ones.
 *
 * A rejection is reported on its own and at once, so it always precedes the EVENT_DONE that covers it.
 */
export class EventAnswers {
  readonly #send: (upTo: bigint) => void;
  readonly #answered = new Set<bigint>();
  readonly #accepted = new Set<bigint>();
  #next = 1n;
  #unreported = 0n;

  /** @param send is called from {@link flush} with the highest number to report */
  constructor(send: (upTo: bigint) => void) {
    this.#send = send;
  }

  /** Answered events that cannot be reported before an older one is answered. */
  get heldBack(): number {
    return this.#answered.size;
  }

  /** Event `seq` is on a job server. */
  done(seq: bigint): void {
    this.#accepted.add(seq);
    this.#settle(seq);
  }

  /** Event `seq` has been rejected by a message of its own. */
  rejected(seq: bigint): void {
    this.#settle(seq);
  }

  #settle(seq: bigint): void {
    this.#answered.add(seq);
    while (this.#answered.delete(this.#next)) {
      if (this.#accepted.delete(this.#next)) this.#unreported = this.#next;
      this.#next += 1n;
    }
  }

  /** Reports what has become reportable since the last call; once per turn of the event loop is enough. */
  flush(): void {
    if (this.#unreported === 0n) return;
    const upTo = this.#unreported;
    this.#unreported = 0n;
    this.#send(upTo);
  }
}
