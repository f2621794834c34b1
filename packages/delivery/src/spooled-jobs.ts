import type { Clock, Timer } from "@mod-gearman/base";
import { decodeJobRecord, encodeJobRecord, type RecordedJob } from "./job-record.ts";
import type { RecordStore, StoredRecord } from "./record-store.ts";
import { isPermanent, type OnSettled, type SubmitError, type Submitter } from "./submitter.ts";

export interface SpooledJobsOptions {
  readonly store: RecordStore;
  readonly submitter: Pick<Submitter, "connected" | "enqueueBackground">;
  readonly clock: Clock;
  /** Maximum of unacknowledged jobs. Default 256. */
  readonly window?: number;
  /** Wait after a refusal. Absent: nothing is sent until `retryNow`. */
  readonly retryEveryMs?: number;
  /** Called in place of an append that would exceed the limit of the store. Absent: the store refuses and logs it. */
  readonly onFull?: () => void;
  /** A record was removed without being sent: it cannot be decoded, or no server accepts it. */
  readonly onDropped: (error: SubmitError) => void;
}

const WINDOW = 256;
const WINDOW_BYTES = 16 * 1024 * 1024;
/** A job refused this often, while the server accepted others, is dropped. */
const MAX_REFUSALS = 5;
const UNREADABLE: SubmitError = Object.assign(new Error("unreadable record"), { code: "BAD_ARGUMENT" });

/**
 * Sends the jobs of a store in their order, as soon and as long as a job server accepts them: the only drain loop of the
 * senders and the worker. A job is removed when a server has acknowledged it; one that was on the wire when the connection
 * or this process ended is sent again (at least once), under the same unique key.
 */
export class SpooledJobs {
  readonly #options: SpooledJobsOptions;
  readonly #window: number;
  #store: RecordStore;
  /** Ids belong to one store: answers for an earlier store are ignored. */
  #generation = 0;
  #onWire = 0;
  #wireBytes = 0;
  #lastId = -1;
  /** A job was refused: nothing more is sent until all answers have arrived and the pause is over. */
  #refused = false;
  #paused = false;
  /** The rest of the store is unreadable now. */
  #stuck = false;
  #isSending = false;
  #timer: Timer | undefined;
  #closed = false;
  #onDrained: (() => void)[] = [];
  readonly #refusals = new Map<number, { count: number; sentBefore: number }>();
  /** Accepted by a server. */
  sent = 0;
  /** Removed without being sent. */
  dropped = 0;

  constructor(options: SpooledJobsOptions) {
    this.#options = options;
    this.#window = options.window ?? WINDOW;
    this.#store = options.store;
  }

  get length(): number {
    return this.#store.length;
  }

  /** On disk. */
  get bytes(): number {
    return this.#store.bytes;
  }

  get lost(): number {
    return this.#store.dropped;
  }

  /** @returns true if the store has the job */
  keep(job: RecordedJob): boolean {
    const record = encodeJobRecord(job);
    const { onFull } = this.#options;
    if (onFull !== undefined && !this.#store.hasRoom(record.length)) {
      onFull();
      return false;
    }
    const isKept = this.#store.append(record);
    if (isKept && !this.#closed) this.send();
    return isKept;
  }

  /** Sends stored jobs if a server is connected. Also to be called after each connect. */
  send(): void {
    if (this.#isSending) return; // an answer came before the call returned
    this.#isSending = true;
    const { submitter } = this.#options;
    while (!this.#closed && !this.#refused && this.#hasWindow() && submitter.connected) {
      const roomBytes = WINDOW_BYTES - this.#wireBytes;
      const records = this.#store.peek(this.#window - this.#onWire, this.#lastId, roomBytes);
      this.#stuck = records.length === 0 && this.#onWire === 0 && this.#store.length > 0;
      if (this.#stuck) this.#pause();
      if (records.length === 0) break;
      this.#lastId = records.at(-1)?.id ?? this.#lastId;
      this.#onWire += records.length;
      for (const { record } of records) this.#wireBytes += record.length;
      for (const record of records) this.#submit(record);
    }
    this.#isSending = false;
    this.#resolveDrained();
  }

  /** Sends immediately, before the end of the pause; to be called when a server is reachable again. */
  retryNow(): void {
    if (!this.#paused) this.send();
    else {
      if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
      this.#resume();
    }
  }

  /** Resolves when the store is empty or cannot be emptied now: no server is connected, or the disk does not answer. */
  async drained(): Promise<void> {
    if (this.#isBusy()) await new Promise<void>((resolve) => this.#onDrained.push(resolve));
  }

  /** Changes the limit of the store; stored jobs are kept, also those above it. */
  resize(maxBytes: number): void {
    this.#store.resize(maxBytes);
  }

  /**
   * Moves everything into another store. Jobs on the wire may be sent twice.
   *
   * @returns how many it did not take, plus how many could not be read: these stay in the old store
   */
  moveTo(store: RecordStore): number {
    let left = 0;
    for (let records = this.#store.peek(WINDOW); records.length > 0; records = this.#store.peek(WINDOW)) {
      for (const { id, record } of records) {
        if (!store.append(Buffer.from(record))) left++;
        this.#store.acknowledge(id);
      }
    }
    left += this.#store.length;
    this.#store.close();
    this.#store = store;
    this.#generation++;
    this.#lastId = -1;
    this.#refusals.clear();
    this.send();
    return left;
  }

  /** Sends nothing more; the store stays open for `keep`. */
  close(): void {
    this.#closed = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#resolveDrained();
  }

  /** Closes the store; to be called after the last `keep`. */
  closeStore(): void {
    this.#store.close();
  }

  #submit({ id, record }: StoredRecord): void {
    const generation = this.#generation;
    const job = decodeJobRecord(record);
    const settled: OnSettled = (error) => {
      this.#onWire--;
      this.#wireBytes -= record.length;
      if (generation === this.#generation) this.#settle(id, error);
      this.#continue();
    };
    if (job === undefined) settled(UNREADABLE);
    else this.#options.submitter.enqueueBackground(job, settled);
  }

  #settle(id: number, error: SubmitError | undefined): void {
    if (error !== undefined && !isPermanent(error) && !this.#isHopeless(id, error)) {
      this.#refused = true;
      return;
    }
    this.#refusals.delete(id);
    this.#store.acknowledge(id);
    if (error === undefined) this.sent++;
    else {
      this.dropped++;
      this.#options.onDropped(error);
    }
  }

  /** Whether a server answered ERROR to this job repeatedly, and accepted others meanwhile. */
  #isHopeless(id: number, error: SubmitError): boolean {
    if (error.code !== "SERVER_ERROR") return false;
    const refusal = this.#refusals.get(id) ?? { count: 0, sentBefore: this.sent };
    refusal.count++;
    this.#refusals.set(id, refusal);
    return refusal.count >= MAX_REFUSALS && this.sent > refusal.sentBefore;
  }

  #continue(): void {
    if (this.#closed) return;
    if (!this.#refused) {
      if (this.#onWire * 2 <= this.#window && this.#wireBytes * 2 <= WINDOW_BYTES) this.send();
    } else if (this.#onWire === 0) {
      this.#pause();
    }
    this.#resolveDrained();
  }

  #pause(): void {
    const { clock, retryEveryMs } = this.#options;
    this.#paused = true;
    if (retryEveryMs !== undefined) this.#timer ??= clock.setTimeout(() => this.#resume(), retryEveryMs);
  }

  #resume(): void {
    this.#timer = undefined;
    this.#paused = false;
    this.#refused = false;
    this.#lastId = -1;
    this.send();
  }

  #hasWindow(): boolean {
    return this.#onWire < this.#window && this.#wireBytes < WINDOW_BYTES;
  }

  #isBusy(): boolean {
    const isSending = !this.#closed && !this.#stuck && this.#options.submitter.connected;
    return isSending && this.#store.length > 0;
  }

  #resolveDrained(): void {
    if (!this.#isBusy()) for (const resolve of this.#onDrained.splice(0)) resolve();
  }
}
