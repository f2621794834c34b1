import { type Clock, Fifo, type ServerAddress, systemClock, type Timer } from "@mod-gearman/base";
import {
  type BackgroundJob,
  ClientError,
  type DuplexFactory,
  hasUnique,
  SubmitLink,
  UniqueSeries,
} from "@mod-gearman/client";
import { describeFailure } from "./failure-text.ts";

/** Settings of a {@link FailOverDelivery}. Times are milliseconds. */
export interface FailOverOptions {
  /** In order of preference, not empty. */
  readonly servers: readonly ServerAddress[];
  /** Default 5000. */
  readonly connectTimeoutMs?: number;
  /** Longest wait for the answer to a job. Default 5000. */
  readonly submitTimeoutMs?: number;
  /** Further rounds over all servers after every one has failed. Default 0. */
  readonly retries?: number;
  /** Before each further round. Default 1000. */
  readonly retryIntervalMs?: number;
  /** Default 2048. */
  readonly window?: number;
  /** `hasRoom` is false from this many bytes of held jobs. Default 16 MiB. */
  readonly maxHeldBytes?: number;
  /** A server has accepted the job; called in the order of `deliver`. Must not throw. */
  readonly onDelivered?: (job: BackgroundJob) => void;
  /** It gave up; `failure` is the reason. Must not throw. */
  readonly onFailed?: () => void;
  readonly duplex?: DuplexFactory;
  readonly clock?: Clock;
}

const TIMEOUT_MS = 5000;
const RETRY_INTERVAL_MS = 1000;
const WINDOW = 2048;
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/**
 * Sends background jobs in order to the first server of a list that accepts them, with bounded retries: for programs that
 * send something and end. Every server is tried in turn, the whole list `retries` further times; a lost connection is
 * replaced once. Each accepted job resets the count of retries.
 *
 * A job whose connection ended before the answer is resent, so it may exist twice; no job is lost without report. After
 * it gave up (`failure` is set) it only holds jobs, until `takeUndelivered` and `reopen`.
 */
export class FailOverDelivery {
  readonly #options: FailOverOptions;
  readonly #clock: Clock;
  readonly #window: number;
  readonly #maxHeldBytes: number;
  readonly #waiting = new Fifo<BackgroundJob>();
  readonly #sent = new Fifo<BackgroundJob>();
  readonly #uniques = new UniqueSeries();
  /** Number of the oldest held job; later jobs are in order and have the following numbers. */
  #firstNumber = 0;
  #heldBytes = 0;
  #delivered = 0;
  #link: SubmitLink | undefined;
  #connected = false;
  #hasProgress = false; // a job was accepted on this connection
  #isReplacement = false; // this connection replaces one that was lost without progress
  #serverIndex = 0;
  #roundsLeft = 0;
  #timer: Timer | undefined;
  #failures: string[] = [];
  #failure: string | undefined;
  #closed = false;
  #waiters: Waiter[] = [];

  /** Connects immediately. @throws ClientError BAD_ARGUMENT without a server */
  constructor(options: FailOverOptions) {
    if (options.servers.length === 0) throw new ClientError("BAD_ARGUMENT", "no job server given");
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#window = options.window ?? WINDOW;
    this.#maxHeldBytes = options.maxHeldBytes ?? MAX_HELD_BYTES;
    this.#begin();
  }

  get delivered(): number {
    return this.#delivered;
  }

  get pending(): number {
    return this.#waiting.length + this.#sent.length;
  }

  /** Why it gave up: the reason of every server in the last round, as printed by {@link describeFailure}. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** If false, wait for `whenRoom` before delivering much more. */
  get hasRoom(): boolean {
    return this.pending < 2 * this.#window && this.#heldBytes < this.#maxHeldBytes;
  }

  /**
   * Accepts a job. It is retained until a server has it; its buffers must not change. A job without unique key gets one
   * and keeps it for every retry.
   */
  deliver(job: BackgroundJob): void {
    this.#waiting.push(job);
    this.#heldBytes += job.data.length;
    if (this.#connected) this.#pump();
    else if (this.#isIdle) this.#begin();
  }

  /** Resolves when at most half of the limits is used, or it gave up or was closed. */
  whenRoom(): Promise<void> {
    return this.#when(() => this.pending <= this.#window && this.#heldBytes * 2 <= this.#maxHeldBytes);
  }

  /** Resolves when connected, or it gave up or was closed. */
  whenConnected(): Promise<void> {
    if (this.#isIdle) this.#begin();
    return this.#when(() => this.#connected);
  }

  /** Resolves when every job is accepted, or it gave up or was closed. */
  whenDelivered(): Promise<void> {
    return this.#when(() => this.pending === 0);
  }

  /**
   * Removes and returns the jobs that no server has accepted, in order, each with the unique key under which a server may
   * have it.
   */
  takeUndelivered(): BackgroundJob[] {
    this.#heldBytes = 0;
    const jobs = [...this.#sent.takeAll(), ...this.#waiting.takeAll()];
    const first = this.#firstNumber;
    this.#firstNumber += jobs.length;
    return jobs.map((job, at) => (hasUnique(job) ? job : { ...job, unique: this.#uniques.at(first + at) }));
  }

  reopen(): void {
    if (this.#failure === undefined || this.#closed) return;
    this.#failure = undefined;
    this.#begin();
  }

  /** Ends the connection; unaccepted jobs are not delivered. @returns as `SubmitLink.close` */
  close(): Promise<void> | undefined {
    this.#closed = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const closing = this.#dropLink();
    this.#wake();
    return closing;
  }

  /** Neither connected nor connecting: the connection ended while there was nothing to send. */
  get #isIdle(): boolean {
    return (
      this.#link === undefined && this.#timer === undefined && this.#failure === undefined && !this.#closed
    );
  }

  #begin(): void {
    this.#serverIndex = 0;
    this.#roundsLeft = this.#options.retries ?? 0;
    this.#failures = [];
    this.#open();
  }

  #open(): void {
    const { duplex, connectTimeoutMs = TIMEOUT_MS, submitTimeoutMs = TIMEOUT_MS } = this.#options;
    const limits = { connectTimeoutMs, submitTimeoutMs, clock: this.#clock, uniques: this.#uniques };
    this.#hasProgress = false;
    this.#link = new SubmitLink(this.#server, duplex === undefined ? limits : { ...limits, duplex }, {
      onConnected: () => {
        this.#connected = true;
        this.#wake();
        this.#pump();
      },
      onAccepted: () => this.#accepted(),
      onFailed: (error) => this.#failed(error),
    });
  }

  get #server(): ServerAddress {
    return this.#options.servers[this.#serverIndex] as ServerAddress;
  }

  #pump(): void {
    while (this.#connected && this.#sent.length < this.#window) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      const number = this.#firstNumber + this.#sent.length;
      this.#sent.push(job);
      this.#link?.submit(job, number);
    }
  }

  #accepted(): void {
    const job = this.#sent.shift();
    if (job === undefined) return;
    this.#hasProgress = true;
    this.#firstNumber++;
    this.#delivered++;
    this.#heldBytes -= job.data.length;
    this.#options.onDelivered?.(job);
    if (this.#waiting.length > 0) this.#pump();
    if (this.#waiters.length > 0) this.#wake();
  }

  #failed(error: ClientError): void {
    const wasConnected = this.#connected;
    void this.#dropLink();
    this.#waiting.unshiftAll(this.#sent.takeAll());
    if (wasConnected && this.pending === 0) return; // nothing pending: reconnect lazily on the next deliver()
    this.#failures.push(describeFailure(this.#server, error));
    if (this.#hasProgress) {
      this.#isReplacement = false;
      this.#begin();
    } else if (wasConnected && error.code === "CONNECTION_LOST" && !this.#isReplacement) {
      this.#isReplacement = true;
      this.#open();
    } else {
      this.#isReplacement = false;
      this.#next();
    }
  }

  /** Tries the next server, starts the next round, or gives up. */
  #next(): void {
    this.#serverIndex++;
    if (this.#serverIndex < this.#options.servers.length) {
      this.#open();
      return;
    }
    this.#serverIndex = 0;
    if (this.#roundsLeft === 0) {
      if (this.pending === 0 && this.#waiters.length === 0) return; // nothing pending: reconnect lazily on the next deliver()
      this.#failure = this.#failures.join("; ");
      this.#options.onFailed?.();
      this.#wake();
      return;
    }
    this.#roundsLeft--;
    this.#failures = [];
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#open();
    }, this.#options.retryIntervalMs ?? RETRY_INTERVAL_MS);
  }

  #dropLink(): Promise<void> | undefined {
    const link = this.#link;
    this.#link = undefined;
    this.#connected = false;
    return link?.close();
  }

  #when(condition: () => boolean): Promise<void> {
    if (condition() || this.#hasEnded) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ condition, resolve }));
  }

  get #hasEnded(): boolean {
    return this.#failure !== undefined || this.#closed;
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ condition }) => !condition() && !this.#hasEnded);
    for (const waiter of waiters) if (!this.#waiters.includes(waiter)) waiter.resolve();
  }
}

interface Waiter {
  readonly condition: () => boolean;
  readonly resolve: () => void;
}
