import type { Clock, ServerAddress, Timer } from "@mod-gearman/base";
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

export interface QueuePollOptions {
  readonly clock: Clock;
  /** Servers to ask now; empty if no answer is needed. */
  readonly servers: () => readonly ServerAddress[];
  readonly onStatus: (status: ServerQueues) => void;
  readonly query?: typeof queryStatus;
}

const POLL_MS = 5000;
/** Shorter than the interval, so that a server is asked once at a time. */
const TIMEOUT_MS = 4000;

/** Asks job servers about their queues every five seconds. A server that does not answer is left out. */
export class QueuePoll {
  readonly #options: QueuePollOptions;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: QueuePollOptions) {
    this.#options = options;
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      for (const server of this.#options.servers()) void this.#ask(server);
      this.#arm();
    }, POLL_MS);
  }

  async #ask(server: ServerAddress): Promise<void> {
    const { clock, onStatus, query = queryStatus } = this.#options;
    const askedAt = clock.monotonicMs();
    const answer = await query(server, { timeoutMs: TIMEOUT_MS, clock });
    if (answer.kind !== "status" || this.#closed) return;
    const queues = new Map(answer.queues.map(({ queue, ...numbers }) => [queue.toString("latin1"), numbers]));
    onStatus({ server, askedAt, queues });
  }
}
