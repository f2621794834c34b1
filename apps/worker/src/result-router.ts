import { type Clock, type Logger, printAddress, type ServerAddress, within } from "@mod-gearman/base";
import { randomUnique } from "@mod-gearman/client";
import type { DirectSubmit, OutgoingResult } from "./outgoing-result.ts";
import { PlacedSpool } from "./placed-spool.ts";
import { ResultQueue, type ResultQueueLimits, type Taken } from "./result-queue.ts";
import type { SpoolOpener } from "./result-spool.ts";
import type { Settings } from "./settings.ts";
import { ServerChoice, type SubmitterFactory } from "./submitter.ts";

/** Results of the main queue. Source: worker.md 4.8. */
const MAIN = { maxResults: 1000, retryEveryMs: 1000, giveUpAfterMs: 120_000 };
/** Source: worker.md 4.9. */
const DUP_RETRY_EVERY_MS = 3000;
const DUP_WINDOW = 16;
/** Copies are best effort: a dup server that is away holds a drain up no longer than this. */
const COPIES_FAREWELL_MS = 5000;

/** Collaborators of the router. */
export interface ResultRouterOptions {
  readonly settings: Settings;
  readonly connect: SubmitterFactory;
  readonly spools: SpoolOpener;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where a result goes. */
export interface ResultTarget {
  readonly queue: Buffer;
  /** Name of the server that gave the job. */
  readonly origin: string;
  /** The connection of its job: the result leaves over it at once, in one write with the answer, which waits then. */
  readonly via: DirectSubmit | undefined;
}

/** Where results are. */
export interface ResultSizes {
  /** Waiting in memory. */
  readonly main: number;
  readonly dups: readonly { readonly name: string; readonly size: number; readonly dropped: number }[];
  readonly sent: number;
  readonly dropped: number;
  /** On disk. */
  readonly spool?: { readonly records: number; readonly bytes: number; readonly dropped: number };
}

/**
 * Brings each result to the job servers and a copy to every dup server. A result that no job server takes goes to the
 * spool, if there is one, and so do all behind it until the spool is empty, so that their order stays.
 */
export class ResultRouter {
  readonly #options: ResultRouterOptions;
  #settings: Settings;
  readonly #choice: ServerChoice;
  readonly #main: ResultQueue;
  readonly #dups = new Map<string, ResultQueue>();
  /**
   * Results of this turn of the event loop. Several slots end a job in one turn, each in a callback of its own; sent
   * together their results cost one write.
   */
  #batch: { readonly result: OutgoingResult; readonly taken: Taken }[] = [];
  #immediate: NodeJS.Immediate | undefined;
  readonly #spool: PlacedSpool;

  constructor(options: ResultRouterOptions) {
    const { settings, clock, logger } = options;
    this.#options = options;
    this.#settings = settings;
    this.#choice = new ServerChoice(options.connect, settings, () => this.#onConnect());
    this.#spool = new PlacedSpool({ spools: options.spools, submitter: this.#choice, clock, logger });
    this.#main = new ResultQueue({
      name: "",
      submitter: this.#choice,
      window: senders(settings),
      spill: (result) => this.#spool.keep(result),
      clock,
      logger,
      ...MAIN,
    });
    this.#spool.follow(options.spools.place(settings.options));
    this.#addDups();
  }

  /**
   * Queues one result, and copies of it for the dup servers. `taken` is called once queue or spool has it, which may
   * take as long as both are full; with `via` perhaps before this returns.
   */
  deliver(
    { queue, origin, via }: ResultTarget,
    print: (type: "active" | "passive") => Buffer,
    taken: Taken,
  ): void {
    const result = (type: "active" | "passive"): OutgoingResult => ({
      function: queue,
      unique: randomUnique(),
      data: print(type),
      origin,
      via: type === "active" ? via : undefined,
    });
    if (this.#dups.size > 0) {
      const type = this.#settings.options.dupResultsArePassive ? "passive" : "active";
      for (const dup of this.#dups.values()) dup.offer(result(type));
    }
    if (via !== undefined) {
      this.#hand(result("active"), taken);
      return;
    }
    this.#batch.push({ result: result("active"), taken });
    if (this.#batch.length === 1) this.#immediate = setImmediate(() => this.#flush());
  }

  /** Results held for the job servers, and for each dup server. */
  get sizes(): ResultSizes {
    const dups = [...this.#dups].map(([name, queue]) => ({ name, size: queue.size, dropped: queue.dropped }));
    const spooled = this.#spool.results;
    const main = { main: this.#main.size, dups };
    if (spooled === undefined) return { ...main, sent: this.#main.sent, dropped: this.#main.dropped };
    return {
      ...main,
      sent: this.#main.sent + spooled.sent,
      dropped: this.#main.dropped + spooled.dropped,
      spool: { records: spooled.length, bytes: spooled.bytes, dropped: spooled.lost },
    };
  }

  /** To be called every minute or so: tries again what could not be done with the spool. */
  tend(): void {
    this.#spool.tend();
  }

  /** Follows new settings. What is held goes to the new servers. */
  async reconfigure(settings: Settings): Promise<void> {
    const old = this.#settings.options;
    this.#settings = settings;
    this.#spool.follow(this.#options.spools.place(settings.options));
    this.#main.setLimits({ maxResults: MAIN.maxResults, window: senders(settings) });
    for (const dup of this.#dups.values()) dup.setLimits(dupLimits(settings));
    const closing = this.#removeDups().map((queue) => queue.close());
    this.#addDups();
    const isSameTimeout = old.gearmanConnectionTimeoutMs === settings.options.gearmanConnectionTimeoutMs;
    closing.push(this.#choice.reconfigure(settings, !isSameTimeout));
    await Promise.all(closing);
  }

  /**
   * Resolves when everything is delivered, or is on disk and no server is there. Copies that no dup server takes within
   * five seconds are left waiting; their number is logged.
   */
  async drained(): Promise<void> {
    this.#flush();
    await this.#main.drained();
    await this.#spool.results?.drained();
    await Promise.all([...this.#dups].map(([name, queue]) => this.#sayFarewell(name, queue)));
  }

  /** The process crashes: keeps on disk what no server has acknowledged. Jobs without an answer run again elsewhere. */
  salvage(): void {
    this.#spool.results?.close();
    this.#main.salvage();
    this.#spool.close();
  }

  /** Keeps what is left on disk, drops it without a spool; closes the connections. */
  async close(): Promise<void> {
    this.#flush();
    this.#spool.results?.close();
    await Promise.all([this.#main, ...this.#dups.values()].map((queue) => queue.close()));
    const left = this.#spool.results?.length ?? 0;
    if (left > 0) this.#options.logger.info(`result spool: ${left} results wait for the next start`);
    this.#spool.close();
  }

  #flush(): void {
    clearImmediate(this.#immediate);
    const batch = this.#batch;
    this.#batch = [];
    for (const { result, taken } of batch) this.#hand(result, taken);
  }

  #hand(result: OutgoingResult, taken: Taken): void {
    const spooled = this.#spool.results;
    const isInLine = spooled !== undefined && (spooled.length > 0 || !this.#choice.connected);
    if (isInLine && this.#spool.keep(result)) taken(true);
    else this.#main.put(result, taken);
  }

  #onConnect(): void {
    this.#spool.results?.retryNow();
    this.#main.retryNow();
  }

  async #sayFarewell(name: string, queue: ResultQueue): Promise<void> {
    const { clock, logger } = this.#options;
    if (await within(clock, queue.drained(), COPIES_FAREWELL_MS)) return;
    logger.warn(`${queue.size} results to dupserver ${name} are not delivered yet`);
  }

  /** Queues for dup servers that are not among the settings any more. */
  #removeDups(): ResultQueue[] {
    const wanted = new Set(this.#settings.options.dupservers.map(printAddress));
    const gone = [...this.#dups].filter(([name]) => !wanted.has(name));
    for (const [name] of gone) this.#dups.delete(name);
    return gone.map(([, queue]) => queue);
  }

  #addDups(): void {
    for (const server of this.#settings.options.dupservers) {
      const name = printAddress(server);
      if (!this.#dups.has(name)) this.#dups.set(name, this.#dupQueue(name, server));
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

/** Results without an answer: `num-result-worker`, by default all; one connection carries them. Source: worker.md 4.8. */
function senders({ options }: Settings): number {
  return options.numResultWorker > 0 ? options.numResultWorker : MAIN.maxResults;
}

function dupLimits({ options }: Settings): ResultQueueLimits {
  return { maxResults: options.dupserverBacklogQueueSize, window: DUP_WINDOW };
}
