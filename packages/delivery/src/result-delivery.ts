import { type Clock, Fifo, type ServerAddress, systemClock } from "@mod-gearman/base";
import { type BackgroundJob, withUnique } from "@mod-gearman/client";
import { DuplicateDelivery } from "./duplicate-delivery.ts";
import { FailOverDelivery, type FailOverOptions } from "./fail-over-delivery.ts";
import { decodeJobRecord, encodeJobRecord } from "./job-record.ts";
import { openStore, type RecordStore, type StoreAccess } from "./record-store.ts";

/** Settings of a {@link ResultDelivery}; those of the delivery hold for the copies too. */
export interface ResultDeliveryOptions extends Omit<FailOverOptions, "onDelivered" | "onFailed"> {
  /** Each of them gets a copy of what a server has taken. */
  readonly dupservers: readonly ServerAddress[];
  /** Keeps what no server takes; without it that has failed. */
  readonly store?: StoreAccess;
  /** In place of `connectTimeoutMs` and `submitTimeoutMs` for the copies. */
  readonly copyTimeoutMs?: number;
  /** One line about something that went wrong, no workload in it. */
  readonly onProblem: (text: string) => void;
}

/** What became of the jobs. */
export interface DeliveryCounts {
  /** Of those added: accepted by a server. */
  readonly sent: number;
  /** Of those added: in the store now. */
  readonly kept: number;
  /** Of those added: neither. A server may have some of them. */
  readonly failed: number;
  /** Left in the store by earlier calls, and accepted by a server now. */
  readonly sentEarlier: number;
  /** Copies that did not arrive. */
  readonly copiesFailed: number;
}

/** catching up: what was kept is delivered, or the store is being opened; what is added waits. */
type Phase = "direct" | "catching up" | "keeping" | "given up";

const STORE_BATCH = 256;
const PROBE_INTERVAL_MS = 10_000;

/**
 * Delivers jobs in order with everything a sender needs around it: copies for other servers, and a store for the time
 * when no server is there. What an earlier call left in the store goes first. While jobs are being kept, the servers
 * are tried again every ten seconds, when a job is added.
 */
export class ResultDelivery {
  readonly #options: ResultDeliveryOptions;
  readonly #clock: Clock;
  readonly #main: FailOverDelivery;
  readonly #copies: readonly DuplicateDelivery[];
  readonly #held: BackgroundJob[] = []; // added while catching up
  readonly #ids = new Fifo<number>(); // of the records under way
  readonly #givenUp: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  #phase: Phase = "direct";
  #store: RecordStore | undefined;
  #work: Promise<void> = Promise.resolve();
  #probeAtMs = 0;
  #probing = false;
  #storeFull = false;
  #sent = 0;
  #sentEarlier = 0;
  #earlier = 0; // records of earlier calls in the open store
  #kept = 0;
  #failed = 0;

  /** Begins to connect at once. @throws ClientError BAD_ARGUMENT without a server */
  constructor(options: ResultDeliveryOptions) {
    const { dupservers, store, onProblem, copyTimeoutMs, ...delivery } = options;
    const times =
      copyTimeoutMs === undefined ? {} : { connectTimeoutMs: copyTimeoutMs, submitTimeoutMs: copyTimeoutMs };
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#main = new FailOverDelivery({
      ...delivery,
      onDelivered: (job) => this.#delivered(job),
      onFailed: () => {
        if (this.#phase === "direct") this.#busyWith(this.#settleFailure());
      },
    });
    this.#copies = dupservers.map((server) => {
      const tell = (failure: string) => onProblem(sendingFailed(failure));
      return new DuplicateDelivery({ ...delivery, ...times, servers: [server] }, tell);
    });
    if (store?.hasRecords() === true) this.#busyWith(this.#catchUp(store));
  }

  /** Resolves when no server takes anything and nothing is kept: further jobs are only counted. */
  get givenUp(): Promise<void> {
    return this.#givenUp.promise;
  }

  /** What has become of the jobs so far. */
  get counts(): DeliveryCounts {
    return {
      sent: this.#sent,
      kept: this.#kept,
      failed: this.#failed,
      sentEarlier: this.#sentEarlier,
      copiesFailed: this.#copies.reduce((sum, { failed }) => sum + failed, 0),
    };
  }

  /** False: wait for `whenRoom` before you `add` much more. */
  get hasRoom(): boolean {
    if (this.#phase === "catching up") return false;
    if (this.#phase !== "direct") return true;
    return (
      this.#main.hasRoom && this.#main.failure === undefined && this.#copies.every(({ hasRoom }) => hasRoom)
    );
  }

  /** Take a job; its buffers must not change. */
  add(job: BackgroundJob): void {
    if (this.#phase === "direct") this.#main.deliver(job);
    else if (this.#phase === "catching up") this.#held.push(job);
    else if (this.#phase === "keeping") this.#keep(job);
    else this.#failed++;
  }

  /** Resolves when there is room again, in whatever way. */
  async whenRoom(): Promise<void> {
    await this.#work;
    if (this.#phase !== "direct") return;
    await this.#main.whenRoom();
    await this.#work;
    for (const copy of this.#copies) await copy.whenRoom();
  }

  /**
   * Wait until it is known what became of every job; no more may be added. The connections stay until `close`, which a
   * program that ends now can do without: it costs a millisecond.
   */
  async finish(): Promise<DeliveryCounts> {
    await this.#work;
    if (this.#phase === "direct") await this.#main.whenDelivered();
    await this.#work;
    await this.#settleFailure();
    for (const copy of this.#copies) await copy.finish();
    this.#store?.close();
    this.#store = undefined;
    return this.counts;
  }

  /** End all connections. */
  close(): void {
    this.#main.close();
    for (const copy of this.#copies) copy.close();
  }

  #delivered(job: BackgroundJob): void {
    const id = this.#ids.shift();
    if (id !== undefined) this.#store?.acknowledge(id);
    if (id !== undefined && this.#earlier > 0) {
      this.#earlier--;
      this.#sentEarlier++;
    } else {
      this.#sent++;
      if (id !== undefined) this.#kept--;
    }
    for (const copy of this.#copies) copy.deliver(job);
  }

  /** If no server takes anything: what is not delivered goes into the store, or has failed. */
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

  async #openStore(store: StoreAccess): Promise<void> {
    try {
      this.#store = await openStore(store, this.#clock);
      this.#earlier = this.#store.length;
    } catch (error) {
      this.#options.onProblem(`cannot use the spool: ${error instanceof Error ? error.message : error}`);
    }
  }

  #keep(job: BackgroundJob): void {
    const record = encodeJobRecord({ ...withUnique(job), origin: "" });
    if (this.#store?.append(record) === true) this.#kept++;
    else {
      this.#failed++;
      if (!this.#storeFull) this.#options.onProblem("a result could not be kept in the spool");
      this.#storeFull = true;
    }
    if (this.#probing || this.#clock.monotonicMs() < this.#probeAtMs) return;
    this.#probing = true;
    this.#busyWith(this.#probe());
  }

  #busyWith(work: Promise<void>): void {
    this.#work = this.#work.then(() => work);
  }

  /** See whether a server is there again; results are kept meanwhile. */
  async #probe(): Promise<void> {
    this.#main.reopen();
    await this.#main.whenConnected();
    this.#probing = false;
    this.#probeAtMs = this.#clock.monotonicMs() + PROBE_INTERVAL_MS;
    if (this.#main.failure === undefined && this.#store !== undefined) await this.#empty(this.#store);
  }

  /** Deliver what an earlier call has left, as soon as there is a server for it. */
  async #catchUp(access: StoreAccess): Promise<void> {
    this.#phase = "catching up";
    await this.#main.whenConnected();
    if (this.#main.failure === undefined) await this.#openStore(access);
    if (this.#store === undefined) await this.#goDirect();
    else await this.#empty(this.#store);
  }

  /** The delivery may have given up while jobs were held: they are kept then. */
  async #goDirect(): Promise<void> {
    this.#phase = "direct";
    for (const job of this.#held.splice(0)) this.#main.deliver(job);
    await this.#settleFailure();
  }

  async #empty(store: RecordStore): Promise<void> {
    this.#phase = "catching up";
    let after = -1;
    while (this.#main.failure === undefined) {
      const records = store.peek(STORE_BATCH, after);
      if (records.length === 0) break;
      for (const { id, record } of records) {
        after = id;
        this.#redeliver(store, id, record);
      }
      await this.#main.whenRoom();
    }
    await this.#main.whenDelivered();
    const { failure } = this.#main;
    if (failure === undefined) {
      store.close();
      this.#store = undefined;
      await this.#goDirect();
      return;
    }
    this.#options.onProblem(sendingFailed(failure));
    this.#main.takeUndelivered(); // they are still in the store
    this.#ids.takeAll();
    await this.#keepFrom([]);
  }

  #redeliver(store: RecordStore, id: number, record: Buffer): void {
    const job = decodeJobRecord(record);
    if (job === undefined) {
      this.#options.onProblem("a record in the spool is no result, dropped");
      store.acknowledge(id);
      return;
    }
    this.#ids.push(id);
    this.#main.deliver(job);
  }
}

/** Scripts look for the first words. Source: tools.md 5.3. */
function sendingFailed(failure: string): string {
  return `sending job to gearmand failed: ${failure}`;
}
