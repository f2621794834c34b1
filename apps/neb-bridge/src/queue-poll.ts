import { type Clock, printAddress, type ServerAddress, type Timer } from "@mod-gearman/base";
import { queryStatus, type StatusAnswer } from "@mod-gearman/client";

type QueueStatus = Extract<StatusAnswer, { kind: "status" }>["queues"][number];

/** What a job server said about its queues. */
export interface ServerQueues {
  readonly server: ServerAddress;
  /** When it was asked, milliseconds of the monotonic clock. */
  readonly askedAt: number;
  /** By name, latin1. */
  readonly queues: ReadonlyMap<string, Omit<QueueStatus, "queue">>;
}

/** A part of the bridge that looks at queues. */
export interface QueueReader {
  /** Servers whose queues have to be known now. */
  servers(): readonly ServerAddress[];
  onStatus(status: ServerQueues): void;
}

export interface QueuePollOptions {
  readonly clock: Clock;
  readonly query?: typeof queryStatus;
}

const POLL_MS = 5000;
/** Shorter than the interval, so that a server is asked once at a time. */
const TIMEOUT_MS = 4000;

/**
 * Asks job servers about their queues every five seconds, each once for all readers. A server that no reader needs is not
 * asked, one that does not answer is left out.
 */
export class QueuePoll {
  readonly #options: QueuePollOptions;
  readonly #readers: QueueReader[] = [];
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: QueuePollOptions) {
    this.#options = options;
    this.#arm();
  }

  add(reader: QueueReader): void {
    this.#readers.push(reader);
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#askAll();
      this.#arm();
    }, POLL_MS);
  }

  #askAll(): void {
    const needed = new Map<string, { server: ServerAddress; readers: QueueReader[] }>();
    for (const reader of this.#readers) {
      for (const server of reader.servers()) {
        const one = needed.get(printAddress(server)) ?? { server, readers: [] };
        one.readers.push(reader);
        needed.set(printAddress(server), one);
      }
    }
    for (const { server, readers } of needed.values()) void this.#ask(server, readers);
  }

  async #ask(server: ServerAddress, readers: readonly QueueReader[]): Promise<void> {
    const { clock, query = queryStatus } = this.#options;
    const askedAt = clock.monotonicMs();
    const answer = await query(server, { timeoutMs: TIMEOUT_MS, clock });
    if (answer.kind !== "status" || this.#closed) return;
    const queues = new Map(answer.queues.map(({ queue, ...numbers }) => [queue.toString("latin1"), numbers]));
    for (const reader of readers) reader.onStatus({ server, askedAt, queues });
  }
}
