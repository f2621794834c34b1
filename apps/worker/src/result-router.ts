import { randomUUID } from "node:crypto";
import type { ServerAddress } from "@mod-gearman/config";
import type { Logger } from "@mod-gearman/observe";
import { type QueueClock, ResultQueue, type ResultQueueLimits, type Submitter } from "./result-queue.ts";
import { serverKey } from "./server-key.ts";
import type { Settings } from "./settings.ts";

/** Makes a connection for results: servers in order, the first that accepts. */
export type SubmitterFactory = (servers: readonly ServerAddress[], settings: Settings) => Submitter;

/** Results of the main queue. Source: worker specification 4.8. */
const MAIN = { maxResults: 1000, retryEveryMs: 1000, giveUpAfterMs: 120_000 };
/** Source: worker specification 4.9. */
const DUP_RETRY_EVERY_MS = 3000;
const DUP_WINDOW = 16;

/** Brings each result to the job servers and a copy to every dup server. */
export class ResultRouter {
  readonly #connect: SubmitterFactory;
  readonly #clock: QueueClock;
  readonly #logger: Logger;
  #settings: Settings;
  readonly #main: ResultQueue;
  readonly #dups = new Map<string, ResultQueue>();

  constructor(options: { settings: Settings; connect: SubmitterFactory; clock: QueueClock; logger: Logger }) {
    this.#connect = options.connect;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#settings = options.settings;
    this.#main = new ResultQueue({
      name: "",
      submitter: options.connect(options.settings.options.servers, options.settings),
      window: senders(options.settings),
      clock: this.#clock,
      logger: this.#logger,
      ...MAIN,
    });
    this.#addDups();
  }

  /**
   * Queues one result, and copies of it for the dup servers. Resolves once the main queue has it, which may take
   * as long as that is full.
   */
  async deliver(queue: Buffer, print: (type: "active" | "passive") => Buffer): Promise<void> {
    const result = (type: "active" | "passive") => ({
      function: queue,
      unique: Buffer.from(randomUUID()),
      data: print(type),
    });
    const type = this.#settings.options.dupResultsArePassive ? "passive" : "active";
    for (const dup of this.#dups.values()) dup.offer(result(type));
    await this.#main.put(result("active"));
  }

  /** Results held for the job servers, and for each dup server. */
  get sizes(): {
    main: number;
    dups: { name: string; size: number; dropped: number }[];
    sent: number;
    dropped: number;
  } {
    const dups = [...this.#dups].map(([name, queue]) => ({ name, size: queue.size, dropped: queue.dropped }));
    return { main: this.#main.size, dups, sent: this.#main.sent, dropped: this.#main.dropped };
  }

  /** Follows new settings. What is held goes to the new servers. */
  async reconfigure(settings: Settings): Promise<void> {
    const old = this.#settings.options;
    this.#settings = settings;
    this.#main.setLimits({ maxResults: MAIN.maxResults, window: senders(settings) });
    for (const dup of this.#dups.values()) dup.setLimits(dupLimits(settings));
    const closing = this.#removeDups().map((queue) => queue.close());
    this.#addDups();
    const { servers, gearmanConnectionTimeoutMs } = settings.options;
    const isSame =
      old.servers.map(serverKey).join() === servers.map(serverKey).join() &&
      old.gearmanConnectionTimeoutMs === gearmanConnectionTimeoutMs;
    if (!isSame) {
      const before = this.#main.replaceSubmitter(this.#connect(servers, settings));
      closing.push(before.close());
    }
    await Promise.all(closing);
  }

  /** Resolves when everything is delivered. */
  async drained(): Promise<void> {
    await Promise.all([this.#main, ...this.#dups.values()].map((queue) => queue.drained()));
  }

  /** Drops what is left and closes the connections. */
  async close(): Promise<void> {
    await Promise.all([this.#main, ...this.#dups.values()].map((queue) => queue.close()));
  }

  /** Queues for dup servers that are not among the settings any more. */
  #removeDups(): ResultQueue[] {
    const wanted = new Set(this.#settings.options.dupservers.map(serverKey));
    const gone = [...this.#dups].filter(([name]) => !wanted.has(name));
    for (const [name] of gone) this.#dups.delete(name);
    return gone.map(([, queue]) => queue);
  }

  #addDups(): void {
    for (const server of this.#settings.options.dupservers) {
      const name = serverKey(server);
      if (!this.#dups.has(name)) this.#dups.set(name, this.#dupQueue(name, server));
    }
  }

  #dupQueue(name: string, server: ServerAddress): ResultQueue {
    return new ResultQueue({
      name,
      submitter: this.#connect([server], this.#settings),
      ...dupLimits(this.#settings),
      retryEveryMs: DUP_RETRY_EVERY_MS,
      clock: this.#clock,
      logger: this.#logger,
    });
  }
}

/** `num-result-worker`, by default a tenth of the slots, 10–100, never more than slots (spec 4.8). */
function senders({ options }: Settings): number {
  const automatic = Math.min(100, Math.max(10, Math.floor(options.maxWorker / 10)));
  const wanted = options.numResultWorker > 0 ? options.numResultWorker : automatic;
  return Math.min(wanted, options.maxWorker);
}

function dupLimits({ options }: Settings): ResultQueueLimits {
  return { maxResults: options.dupserverBacklogQueueSize, window: DUP_WINDOW };
}
