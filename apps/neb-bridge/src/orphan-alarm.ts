import { isSameServer, type Logger, printAddress, type ServerAddress } from "@mod-gearman/base";

import { shown } from "./log-text.ts";
import type { ServerQueues } from "./queue-poll.ts";

/** A check on a job server, as far as the alarm looks at it. */
export interface WaitingCheck {
  /** latin1; a service has its name behind a NUL. */
  readonly key: string;
  /** latin1 */
  readonly queue: string;
  readonly server: ServerAddress;
  /** Milliseconds of the monotonic clock. */
  readonly acceptedAt: number;
}

export interface AlarmSettings {
  /** How long a queue may be without a worker, milliseconds; 0 = off. */
  readonly afterMs: number;
  readonly hostChecks: boolean;
  readonly serviceChecks: boolean;
}

export interface OrphanAlarmOptions<T extends WaitingCheck> {
  readonly logger: Logger;
  readonly settings: () => AlarmSettings;
  /** All checks whose result has not come; may change while they are gone through. */
  readonly checks: () => Iterable<T>;
  /** Withdraws jobs from a server. Must not reject: what stays there is recognised later. */
  readonly withdraw: (server: ServerAddress, checks: readonly T[]) => Promise<void>;
  /** Gives a check the orphan result, unless its own has come meanwhile. */
  readonly answer: (check: T) => void;
  /** Whether there is a core that takes results now. */
  readonly mayAnswer: () => boolean;
}

/** More queues without a worker are not followed. */
const MAX_QUEUES = 10_000;
const BATCH = 500;
/** Checks looked at without a pause: less than a millisecond. */
const SCAN = 10_000;

/**
 * Gives checks the orphan result when they wait in a queue that has had no worker for a while, long before the core misses
 * them. Jobs are withdrawn first, where that is possible, so that a worker that comes does not run them.
 */
export class OrphanAlarm<T extends WaitingCheck> {
  readonly #options: OrphanAlarmOptions<T>;
  /** By server and queue: since when it has had waiting jobs and no worker. */
  readonly #since = new Map<string, number>();
  /** Those that have been reported. */
  readonly #reported = new Set<string>();
  readonly #answering = new Set<string>();

  constructor(options: OrphanAlarmOptions<T>) {
    this.#options = options;
  }

  /** Whether the queues of job servers have to be known. */
  get isOn(): boolean {
    const { afterMs, hostChecks, serviceChecks } = this.#options.settings();
    return afterMs > 0 && (hostChecks || serviceChecks);
  }

  async onStatus(status: ServerQueues): Promise<void> {
    if (!this.isOn) return;
    const address = printAddress(status.server);
    const queues = this.#queuesWithoutWorker(address, status);
    if (queues.size === 0 || this.#answering.has(address)) return;
    this.#answering.add(address);
    try {
      await this.#answerAll(status, queues);
    } finally {
      this.#answering.delete(address);
    }
  }

  /** @returns queues that have been without a worker for too long, and for how long */
  #queuesWithoutWorker(address: string, { askedAt, queues }: ServerQueues): Map<string, number> {
    const { afterMs } = this.#options.settings();
    const orphaned = new Map<string, number>();
    const now = new Set<string>();
    for (const [queue, { total, running, workers }] of queues) {
      if (workers > 0 || total <= running) continue;
      const key = `${address} ${queue}`;
      now.add(key);
      if (!this.#since.has(key) && this.#since.size < MAX_QUEUES) this.#since.set(key, askedAt);
      const waitedMs = askedAt - (this.#since.get(key) ?? askedAt);
      // One that runs belongs to a worker that has withdrawn the queue: it will be answered.
      if (waitedMs >= afterMs && running === 0) orphaned.set(queue, waitedMs);
    }
    for (const key of this.#since.keys()) {
      if (!key.startsWith(`${address} `) || now.has(key)) continue;
      this.#since.delete(key);
      this.#reported.delete(key);
    }
    return orphaned;
  }

  async #answerAll(status: ServerQueues, queues: ReadonlyMap<string, number>): Promise<void> {
    let batch: T[] = [];
    let looked = 0;
    for (const check of this.#options.checks()) {
      looked += 1;
      if (this.#isOrphaned(check, status, queues)) batch.push(check);
      if (batch.length < BATCH && looked % SCAN !== 0) continue;
      if (!(await this.#answer(status.server, batch, queues))) return;
      batch = [];
    }
    await this.#answer(status.server, batch, queues);
  }

  #isOrphaned(check: T, { server, askedAt }: ServerQueues, queues: ReadonlyMap<string, number>): boolean {
    if (!queues.has(check.queue) || check.acceptedAt >= askedAt) return false;
    if (!isSameServer(check.server, server)) return false;
    const { hostChecks, serviceChecks } = this.#options.settings();
    return check.key.includes("\0") ? serviceChecks : hostChecks;
  }

  /** @returns whether to go on */
  async #answer(
    server: ServerAddress,
    batch: readonly T[],
    queues: ReadonlyMap<string, number>,
  ): Promise<boolean> {
    const { answer, mayAnswer, withdraw } = this.#options;
    if (!mayAnswer()) return false;
    if (batch.length === 0) await new Promise((resolve) => setImmediate(resolve));
    else await withdraw(server, batch);
    if (!mayAnswer()) return false;
    for (const check of batch) {
      this.#report(server, check.queue, queues.get(check.queue) ?? 0);
      answer(check);
    }
    return true;
  }

  /** One line until the queue has a worker again. */
  #report(server: ServerAddress, queue: string, waitedMs: number): void {
    const key = `${printAddress(server)} ${queue}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    const name = shown(Buffer.from(queue, "latin1"));
    const seconds = Math.round(waitedMs / 1000);
    this.#options.logger.error(
      `queue '${name}' on ${printAddress(server)} has had no worker for ${seconds} s: ` +
        "checks that wait in it get the orphan result",
    );
  }
}
