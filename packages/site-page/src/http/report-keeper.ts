import type { Clock } from "@mod-gearman/base";
import type { ServerPart, WorkerReport } from "../model/parts.ts";
import { LIMITS } from "../model/snapshot.ts";
import { parseReport } from "../model/worker-report.ts";
import { STATUS_QUEUE } from "../model/worker-rows.ts";

/** Asks the status queue of a worker, its name as latin1. Rejects if there is no answer. */
export type AskWorker = (name: string) => Promise<Buffer>;

const EVERY_MS = 5000;
const AT_ONCE = 16;
/** Rounds that a worker may leave unanswered. */
const KEPT_ROUNDS = 3;

interface Kept {
  readonly report: WorkerReport;
  readonly round: number;
}

/** What workers say about themselves: asked every five seconds while there are viewers. */
export class ReportKeeper {
  readonly #ask: AskWorker;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #kept = new Map<string, Kept>();
  #round = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(ask: AskWorker, clock: Pick<Clock, "monotonicMs">) {
    this.#ask = ask;
    this.#clock = clock;
  }

  get reports(): ReadonlyMap<string, WorkerReport> {
    return new Map([...this.#kept].map(([name, { report }]) => [name, report]));
  }

  /** Asks the workers of these servers if it is time to; resolves when this round ends. */
  refresh(servers: readonly ServerPart[]): Promise<void> {
    if (this.#asking !== undefined) return this.#asking;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#askedAtMs < EVERY_MS) return Promise.resolve();
    this.#askedAtMs = nowMs;
    this.#asking = this.#askAll(namesOf(servers)).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askAll(names: readonly string[]): Promise<void> {
    this.#round += 1;
    const left = [...names];
    const askNext = async (): Promise<void> => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) await this.#askOne(name);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askNext));
    for (const [name, { round }] of this.#kept)
      if (this.#round - round >= KEPT_ROUNDS) this.#kept.delete(name);
  }

  async #askOne(name: string): Promise<void> {
    try {
      const report = parseReport(await this.#ask(name));
      if (report !== undefined) this.#kept.set(name, { report, round: this.#round });
    } catch {
      // a worker that does not answer has no report; the table says so
    }
  }
}

/** Names of workers whose status queue is served. */
function namesOf(servers: readonly ServerPart[]): string[] {
  const names = new Set<string>();
  for (const { queues } of servers)
    for (const { name, workers } of queues)
      if (workers > 0 && name.startsWith(STATUS_QUEUE)) names.add(name.slice(STATUS_QUEUE.length));
  return [...names].slice(0, LIMITS.workers);
}
