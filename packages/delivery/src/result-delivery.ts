import { type Clock, Fifo, omitUndefined, type ServerAddress, systemClock } from "@mod-gearman/base";
import { type BackgroundJob, withUnique } from "@mod-gearman/client";
import { DuplicateDelivery } from "./duplicate-delivery.ts";
import { FailOverDelivery, type FailOverOptions } from "./fail-over-delivery.ts";
import type { SpooledJobs } from "./spooled-jobs.ts";
import { openStore, type StoreAccess } from "./store-access.ts";
import type { OnSettled, Submitter } from "./submitter.ts";

/** Settings of a {@link ResultDelivery}; those inherited apply to the copies too. */
export interface ResultDeliveryOptions extends Omit<FailOverOptions, "onDelivered" | "onFailed"> {
  /** Each of them gets a copy of every job that a server has accepted. */
  readonly dupservers: readonly ServerAddress[];
  /** Keeps jobs that no server accepts; without it they have failed. */
  readonly store?: StoreAccess;
  /** Replaces `connectTimeoutMs` and `submitTimeoutMs` for the copies. */
  readonly copyTimeoutMs?: number;
  /** Gets one line for each problem, without workloads. */
  readonly onProblem: (text: string) => void;
}

export interface DeliveryCounts {
  readonly sent: number;
  readonly kept: number;
  /** Added, neither sent nor kept. A server may have some of them. */
  readonly failed: number;
  /** Left in the store by earlier calls and accepted by a server now. */
  readonly sentEarlier: number;
  readonly copiesFailed: number;
}

/** catching up: the store is being opened or emptied, and added jobs wait in memory. */
type Phase = "direct" | "catching up" | "keeping" | "given up";

const STORE_WINDOW = 2048;
const PROBE_INTERVAL_MS = 10_000;

/**
 * Delivers the jobs of a sender in order, with copies for other servers and a store for the time when no server accepts
 * them. Jobs that an earlier call left in the store are sent first. While jobs are being kept, an added job makes it
 * try the servers again, at most every ten seconds.
 */
export class ResultDelivery {
  readonly #options: ResultDeliveryOptions;
  readonly #clock: Clock;
  readonly #main: FailOverDelivery;
  readonly #copies: readonly DuplicateDelivery[];
  readonly #held: BackgroundJob[] = []; // added while catching up
  readonly #settlers = new Fifo<OnSettled>(); // of the jobs of the store that are on the wire
  readonly #givenUp: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  #phase: Phase = "direct";
  #store: SpooledJobs | undefined;
  #work: Promise<void> = Promise.resolve();
  #probeAtMs = 0;
  #probing = false;
  #closed = false;
  #isFullReported = false;
  #sent = 0;
  #sentEarlier = 0;
  #earlier = 0; // records of earlier calls that are in the open store
  #kept = 0;
  #failed = 0;

  /** Connects immediately. @throws ClientError BAD_ARGUMENT without a server */
  constructor(options: ResultDeliveryOptions) {
    const { dupservers, store, onProblem, copyTimeoutMs, ...delivery } = options;
    const times = omitUndefined({ connectTimeoutMs: copyTimeoutMs, submitTimeoutMs: copyTimeoutMs });
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#main = new FailOverDelivery({
      ...delivery,
      onDelivered: (job) => this.#delivered(job),
      onFailed: () => {
        if (this.#phase === "direct") this.#waitFor(this.#settleFailure());
        else this.#returnToStore();
      },
    });
    this.#copies = dupservers.map((server) => {
      const report = (failure: string) => onProblem(sendingFailed(failure));
      return new DuplicateDelivery({ ...delivery, ...times, servers: [server] }, report);
    });
    if (store?.hasRecords() === true) this.#waitFor(this.#catchUp(store));
  }

  /** Resolves when no server accepts jobs and nothing is kept: further jobs are only counted. */
  get givenUp(): Promise<void> {
    return this.#givenUp.promise;
  }

  get counts(): DeliveryCounts {
    return {
      sent: this.#sent,
      kept: this.#kept,
      failed: this.#failed,
      sentEarlier: this.#sentEarlier,
      copiesFailed: this.#copies.reduce((sum, { failed }) => sum + failed, 0),
    };
  }

  /** If false, wait for `whenRoom` before adding much more. */
  get hasRoom(): boolean {
    if (this.#phase === "catching up") return false;
    if (this.#phase !== "direct") return true;
    return (
      this.#main.hasRoom && this.#main.failure === undefined && this.#copies.every(({ hasRoom }) => hasRoom)
    );
  }

  /** The buffers of `job` must not change afterwards. */
  add(job: BackgroundJob): void {
    if (this.#phase === "direct") this.#main.deliver(job);
    else if (this.#phase === "catching up") this.#held.push(job);
    else if (this.#phase === "keeping") this.#keep(job);
    else this.#failed++;
  }

  /** Resolves when `hasRoom` is true again, or it gave up. */
  async whenRoom(): Promise<void> {
    await this.#work;
    if (this.#phase !== "direct") return;
    await this.#main.whenRoom();
    await this.#work;
    for (const copy of this.#copies) await copy.whenRoom();
  }

  /**
   * Waits for the outcome of every job; no more may be added. The connections stay open until `close`, which
   * takes a millisecond and can be omitted by a program that ends now; those with TLS are closed, as their end is announced.
   */
  async finish(): Promise<DeliveryCounts> {
    await this.#work;
    if (this.#phase === "direct") await this.#main.whenDelivered();
    await this.#work;
    await this.#settleFailure();
    for (const copy of this.#copies) await copy.finish();
    this.#closeStore();
    const { counts } = this;
    const { servers, dupservers } = this.#options;
    if ([...servers, ...dupservers].some(({ tls }) => tls !== undefined)) await this.close();
    return counts;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#store?.close();
    this.#closeStore();
    await Promise.all([this.#main.close(), ...this.#copies.map((copy) => copy.close())]);
  }

  #delivered(job: BackgroundJob): void {
    const settled = this.#settlers.shift();
    settled?.(undefined);
    if (settled !== undefined && this.#earlier > 0) {
      this.#earlier--;
      this.#sentEarlier++;
    } else {
      this.#sent++;
      if (settled !== undefined) this.#kept--;
    }
    for (const copy of this.#copies) copy.deliver(job);
  }

  /** If no server accepts jobs: those that are not delivered go to the store, or have failed. */
  async #settleFailure(): Promise<void> {
    const { failure } = this.#main;
    if (failure === undefined || this.#phase !== "direct") return;
    this.#options.onProblem(sendingFailed(failure));
    await this.#keepFrom(this.#main.takeUndelivered());
  }

  async #keepFrom(jobs: readonly BackgroundJob[]): Promise<void> {
    this.#phase = "catching up"; // for the time it takes to open the store
    const { store } = this.#options;
    if (store !== undefined && this.#store === undefined) await this.#openStore(store);
    this.#phase = this.#store === undefined ? "given up" : "keeping";
    this.#probeAtMs = this.#clock.monotonicMs() + PROBE_INTERVAL_MS;
    if (this.#phase === "given up") this.#givenUp.resolve();
    for (const job of [...jobs, ...this.#held.splice(0)]) this.add(job);
  }

  async #openStore(access: StoreAccess): Promise<void> {
    const { onProblem } = this.#options;
    try {
      const store = await openStore(access, {
        submitter: this.#storeSubmitter(),
        clock: this.#clock,
        window: STORE_WINDOW,
        onDropped: () => {
          if (this.#earlier > 0) this.#earlier--;
          onProblem("a record in the spool is no result, dropped");
        },
      });
      this.#earlier = store.length;
      if (this.#closed) store.closeStore();
      else this.#store = store;
    } catch (error) {
      onProblem(`cannot use the spool: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** The submitter of the drain loop; connected while catching up only. */
  #storeSubmitter(): Pick<Submitter, "connected" | "enqueueBackground"> {
    const isOpen = () => this.#phase === "catching up" && this.#main.failure === undefined;
    return {
      get connected() {
        return isOpen();
      },
      enqueueBackground: (job, settled) => {
        this.#settlers.push(settled);
        this.#main.deliver(job);
      },
    };
  }

  /** No server accepts jobs while catching up: those on the wire stay in the store. */
  #returnToStore(): void {
    const error = new Error(this.#main.failure);
    this.#main.takeUndelivered();
    for (const settled of this.#settlers.takeAll()) settled(error);
  }

  #keep(job: BackgroundJob): void {
    if (this.#store?.keep({ ...withUnique(job), origin: "" }) === true) this.#kept++;
    else {
      this.#failed++;
      if (!this.#isFullReported) this.#options.onProblem("a result could not be kept in the spool");
      this.#isFullReported = true;
    }
    if (this.#probing || this.#clock.monotonicMs() < this.#probeAtMs) return;
    this.#probing = true;
    this.#waitFor(this.#probe());
  }

  #waitFor(work: Promise<void>): void {
    this.#work = this.#work.then(() => work);
  }

  /** Checks whether a server is reachable again; results are kept meanwhile. */
  async #probe(): Promise<void> {
    this.#main.reopen();
    await this.#main.whenConnected();
    this.#probing = false;
    this.#probeAtMs = this.#clock.monotonicMs() + PROBE_INTERVAL_MS;
    if (this.#main.failure === undefined && this.#store !== undefined) await this.#empty(this.#store);
  }

  /** Delivers the jobs of earlier calls once a server is connected. */
  async #catchUp(access: StoreAccess): Promise<void> {
    this.#phase = "catching up";
    await this.#main.whenConnected();
    if (this.#main.failure === undefined && !this.#closed) await this.#openStore(access);
    if (this.#store === undefined) await this.#goDirect();
    else await this.#empty(this.#store);
  }

  /** If the delivery has given up while jobs were held, they are kept. */
  async #goDirect(): Promise<void> {
    this.#phase = "direct";
    for (const job of this.#held.splice(0)) this.#main.deliver(job);
    await this.#settleFailure();
  }

  async #empty(store: SpooledJobs): Promise<void> {
    this.#phase = "catching up";
    store.retryNow();
    await store.drained();
    const { failure } = this.#main;
    if (failure === undefined) {
      this.#closeStore();
      await this.#goDirect();
      return;
    }
    this.#options.onProblem(sendingFailed(failure));
    await this.#keepFrom([]);
  }

  #closeStore(): void {
    this.#store?.closeStore();
    this.#store = undefined;
  }
}

/** The first words are matched by scripts. Source: tools.md 5.3. */
function sendingFailed(failure: string): string {
  return `sending job to gearmand failed: ${failure}`;
}
