import { type Clock, type Logger, omitUndefined, printAddress, type ServerAddress } from "@mod-gearman/base";
import { ClientConnection, type DuplexFactory } from "@mod-gearman/client";
import type { RevocationNotice } from "./revoked-workers.ts";

export interface NoticesOptions {
  readonly servers: readonly ServerAddress[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** A worker has answered one. */
  readonly onDelivered: () => void;
  /** Default: TCP. */
  readonly duplex?: DuplexFactory;
}

/** Status queues are answered at once. */
const TIMEOUT_MS = 3000;
/** The same worker has one notice in this time: it stops at the first one, and each of its results asks for another. */
const AGAIN_MS = 1000;
const MAX_WORKERS = 1000;
/** Of all workers at once; a worker whose notice is left out has the next one with its next result. */
const MAX_UNDER_WAY = 64;
const MAX_ANSWER_BYTES = 16_384;

/** Brings notices to the status queues of revoked workers, on all job servers. What a server does not deliver is forgotten with it. */
export class RevocationNotices {
  readonly #options: NoticesOptions;
  /** When each worker had the last one, by its queue; the oldest first. */
  readonly #toldAt = new Map<string, number>();
  #underWay = 0;
  #isClosed = false;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  send(notices: readonly RevocationNotice[]): void {
    for (const notice of notices) if (this.#isDue(notice)) void this.#sendOne(notice);
  }

  close(): void {
    this.#isClosed = true;
  }

  #isDue({ queue }: RevocationNotice): boolean {
    const name = queue.toString("latin1");
    const now = this.#options.clock.monotonicMs();
    const last = this.#toldAt.get(name) ?? Number.NEGATIVE_INFINITY;
    if (this.#isClosed || now - last < AGAIN_MS || this.#underWay >= MAX_UNDER_WAY) return false;
    this.#toldAt.delete(name);
    this.#toldAt.set(name, now);
    const [oldest] = this.#toldAt.size > MAX_WORKERS ? this.#toldAt.keys() : [];
    if (oldest !== undefined) this.#toldAt.delete(oldest);
    return true;
  }

  async #sendOne({ queue, data }: RevocationNotice): Promise<void> {
    this.#underWay += 1;
    await Promise.all(this.#options.servers.map((server) => this.#submit(server, queue, data)));
    this.#underWay -= 1;
  }

  /** In the foreground: what no worker takes ends with the connection. */
  async #submit(server: ServerAddress, queue: Buffer, data: Buffer): Promise<void> {
    const { clock, logger, duplex, onDelivered } = this.#options;
    const client = new ClientConnection({
      ...{ servers: [server], clock, failWhenUnreachable: true, closeTimeoutMs: 1 },
      ...omitUndefined({ duplex }),
    });
    const job = { function: queue, data, priority: "high", timeoutMs: TIMEOUT_MS } as const;
    try {
      await client.submitForeground({ ...job, maxDataBytes: MAX_ANSWER_BYTES });
      onDelivered();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.debug(`no notice of its revocation to ${queue} by ${printAddress(server)}: ${why}`);
    }
    await client.close();
  }
}
