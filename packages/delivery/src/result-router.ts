import {
  type Clock,
  connectionKey,
  type Logger,
  printServer,
  type ServerAddress,
  serverOfKey,
  within,
} from "@mod-gearman/base";
import { randomUnique } from "@mod-gearman/client";
import type { DirectSubmit, OutgoingResult } from "./outgoing-result.ts";
import { ReloadableSpool, type SpoolOpener } from "./reloadable-spool.ts";
import { type OnAccepted, ResultQueue, type ResultQueueLimits } from "./result-queue.ts";
import type { RouterSettings } from "./router-settings.ts";
import { ServerChoice, type SubmitterFactory } from "./server-choice.ts";

/** Source: worker.md 4.8. */
const MAIN = { maxResults: 1000, retryEveryMs: 1000, giveUpAfterMs: 120_000 };
/** Source: worker.md 4.9. */
const DUP_RETRY_EVERY_MS = 3000;
const DUP_WINDOW = 16;
/** Copies are best effort: a dup server that is away delays a drain no longer than this. */
const COPIES_DRAIN_MS = 5000;

export interface ResultRouterOptions {
  readonly settings: RouterSettings;
  readonly connect: SubmitterFactory;
  readonly openSpool: SpoolOpener;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ResultTarget {
  readonly queue: Buffer;
  readonly origin: string;
  /** The connection of its job: the result leaves over it in one write with the answer to the job. */
  readonly via: DirectSubmit | undefined;
}

export interface ResultSizes {
  readonly main: number;
  readonly dups: readonly { readonly name: string; readonly size: number; readonly dropped: number }[];
  readonly sent: number;
  readonly dropped: number;
  readonly spool?: { readonly records: number; readonly bytes: number; readonly dropped: number };
}

/**
 * Sends each result to the job servers and a copy to every dup server. A result that no job server accepts goes to the
 * spool, if there is one, and so do all later ones until the spool is empty, which preserves their order.
 */
export class ResultRouter {
  readonly #options: ResultRouterOptions;
  #settings: RouterSettings;
  readonly #choice: ServerChoice;
  readonly #main: ResultQueue;
  readonly #dups = new Map<string, ResultQueue>();
  /**
   * Results of this turn of the event loop. Several slots may end a job in one turn, each in its own callback; sent
   * together, their results cost one write.
   */
  #batch: { readonly result: OutgoingResult; readonly onAccepted: OnAccepted }[] = [];
  #immediate: NodeJS.Immediate | undefined;
  readonly #spool: ReloadableSpool;

  constructor(options: ResultRouterOptions) {
    const { settings, clock, logger } = options;
    this.#options = options;
    this.#settings = settings;
    this.#choice = new ServerChoice(options.connect, settings, () => this.#onConnect());
    const { openSpool } = options;
    this.#spool = new ReloadableSpool({ openSpool, submitter: this.#choice, clock, logger });
    this.#main = new ResultQueue({
      name: "",
      submitter: this.#choice,
      window: windowOf(settings),
      spill: (result) => this.#spool.keep(result),
      clock,
      logger,
      ...MAIN,
    });
    this.#spool.follow(settings.spool);
    this.#addDups();
  }

  /**
   * Queues one result, and copies of it for the dup servers. `onAccepted` is called once queue or spool has it, which may
   * take as long as both are full; with `via` perhaps before this returns.
   */
  deliver(
    { queue, origin, via }: ResultTarget,
    print: (type: "active" | "passive", isCopy: boolean) => Buffer,
    onAccepted: OnAccepted,
  ): void {
    const result = (type: "active" | "passive", isCopy = false): OutgoingResult => ({
      function: queue,
      unique: randomUnique(),
      data: print(type, isCopy),
      origin,
      via: type === "active" ? via : undefined,
    });
    if (this.#dups.size > 0) {
      const type = this.#settings.dupResultsArePassive ? "passive" : "active";
      for (const dup of this.#dups.values()) dup.offer(result(type, true));
    }
    if (via !== undefined) {
      this.#queueOrKeep(result("active"), onAccepted);
      return;
    }
    this.#batch.push({ result: result("active"), onAccepted });
    if (this.#batch.length === 1) this.#immediate = setImmediate(() => this.#flush());
  }

  /** Results held for the job servers, and for each dup server. */
  get sizes(): ResultSizes {
    const dups = [...this.#dups].map(([key, queue]) => ({
      name: serverOfKey(key),
      size: queue.size,
      dropped: queue.dropped,
    }));
    const spooled = this.#spool.jobs;
    const main = { main: this.#main.size, dups };
    if (spooled === undefined) return { ...main, sent: this.#main.sent, dropped: this.#main.dropped };
    return {
      ...main,
      sent: this.#main.sent + spooled.sent,
      dropped: this.#main.dropped + spooled.dropped,
      spool: { records: spooled.length, bytes: spooled.bytes, dropped: spooled.lost },
    };
  }

  /** Repeats what has failed with the spool; to be called about every minute. */
  retrySpool(): void {
    this.#spool.retry();
  }

  /** Follows new settings. Results that are held go to the new servers. */
  async reconfigure(settings: RouterSettings): Promise<void> {
    const old = this.#settings;
    this.#settings = settings;
    this.#spool.follow(settings.spool);
    this.#main.setLimits({ maxResults: MAIN.maxResults, window: windowOf(settings) });
    for (const dup of this.#dups.values()) dup.setLimits(dupLimits(settings));
    const closing = this.#removeDups().map((queue) => queue.close());
    this.#addDups();
    const isSameTimeout = old.gearmanConnectionTimeoutMs === settings.gearmanConnectionTimeoutMs;
    closing.push(this.#choice.reconfigure(settings, !isSameTimeout));
    await Promise.all(closing);
  }

  /**
   * Resolves when everything is delivered, or is on disk while no server is connected. Copies that no dup server accepts
   * within five seconds keep waiting; their number is logged.
   */
  async drained(): Promise<void> {
    this.#flush();
    await this.#main.drained();
    await this.#spool.jobs?.drained();
    await Promise.all([...this.#dups].map(([key, queue]) => this.#drainCopies(serverOfKey(key), queue)));
  }

  /** For a crash of the process: keeps on disk what no server has acknowledged. Unanswered jobs run again elsewhere. */
  salvage(): void {
    this.#spool.jobs?.close();
    this.#main.salvage();
    this.#spool.close();
  }

  /** Keeps the remaining results on disk or, without a spool, drops them; closes the connections. */
  async close(): Promise<void> {
    this.#flush();
    this.#spool.jobs?.close();
    await Promise.all([this.#main, ...this.#dups.values()].map((queue) => queue.close()));
    const left = this.#spool.jobs?.length ?? 0;
    if (left > 0) this.#options.logger.info(`result spool: ${left} results wait for the next start`);
    this.#spool.close();
  }

  #flush(): void {
    clearImmediate(this.#immediate);
    const batch = this.#batch;
    this.#batch = [];
    for (const { result, onAccepted } of batch) this.#queueOrKeep(result, onAccepted);
  }

  #queueOrKeep(result: OutgoingResult, onAccepted: OnAccepted): void {
    const spooled = this.#spool.jobs;
    const mustQueueBehind = spooled !== undefined && (spooled.length > 0 || !this.#choice.connected);
    if (mustQueueBehind && this.#spool.keep(result)) onAccepted(true);
    else this.#main.put(result, onAccepted);
  }

  #onConnect(): void {
    this.#spool.jobs?.retryNow();
    this.#main.retryNow();
  }

  async #drainCopies(name: string, queue: ResultQueue): Promise<void> {
    const { clock, logger } = this.#options;
    if (await within(clock, queue.drained(), COPIES_DRAIN_MS)) return;
    logger.warn(`${queue.size} results to dupserver ${name} are not delivered yet`);
  }

  /** @returns the queues of dup servers that are no longer in the settings */
  #removeDups(): ResultQueue[] {
    const wanted = new Set(this.#settings.dupservers.map(connectionKey));
    const gone = [...this.#dups].filter(([key]) => !wanted.has(key));
    for (const [key] of gone) this.#dups.delete(key);
    return gone.map(([, queue]) => queue);
  }

  #addDups(): void {
    for (const server of this.#settings.dupservers) {
      const key = connectionKey(server);
      if (!this.#dups.has(key)) this.#dups.set(key, this.#dupQueue(printServer(server), server));
    }
  }

  #dupQueue(name: string, server: ServerAddress): ResultQueue {
    const queue: ResultQueue = new ResultQueue({
      name,
      submitter: this.#options.connect(server, this.#settings, () => queue.retryNow()),
      ...dupLimits(this.#settings),
      retryEveryMs: DUP_RETRY_EVERY_MS,
      clock: this.#options.clock,
      logger: this.#options.logger,
    });
    return queue;
  }
}

/**
 * Maximum of unacknowledged results: `num-result-worker`, by default all; one connection carries them.
 * Source: worker.md 4.8.
 */
function windowOf({ numResultWorker }: RouterSettings): number {
  return numResultWorker > 0 ? numResultWorker : MAIN.maxResults;
}

function dupLimits({ dupserverBacklogQueueSize }: RouterSettings): ResultQueueLimits {
  return { maxResults: dupserverBacklogQueueSize, window: DUP_WINDOW };
}
