import { type Clock, within } from "@mod-gearman/base";
import type { ServerPart, WorkerReport } from "../model/parts.ts";
import { LIMITS } from "../model/snapshot.ts";
import { parseReport } from "../model/worker-report.ts";
import { STATUS_QUEUE } from "../model/worker-rows.ts";

/** Asks the status queue of a worker, its name as latin1. Rejects if there is no answer. */
export type AskWorker = (name: string) => Promise<Buffer>;

const EVERY_MS = 5000;
/** After a pause this long without viewers nothing that is known is given any more. */
const PAUSE_MS = 10_000;
/** That the first look after a pause waits for answers: status queues are answered at once. */
const PATIENCE_MS = 1000;
const AT_ONCE = 16;
/** Rounds that a worker may leave unanswered. */
const KEPT_ROUNDS = 3;

type ReportClock = Pick<Clock, "monotonicMs" | "setTimeout" | "clearTimeout">;

interface Kept {
  readonly report: WorkerReport;
  readonly round: number;
}

/** What workers say about themselves: asked every five seconds while there are viewers, and at a look after a pause. */
export class ReportKeeper {
  readonly #ask: AskWorker;
  readonly #clock: ReportClock;
  readonly #kept = new Map<string, Kept>();
  #round = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #endedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  /** Only of a round after a pause. */
  #awaited: Promise<void> | undefined;

  constructor(ask: AskWorker, clock: ReportClock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  get reports(): ReadonlyMap<string, WorkerReport> {
    return new Map([...this.#kept].map(([name, { report }]) => [name, report]));
  }

  /**
   * Asks the workers of these servers if it is time to. Resolves at once, their answers are for a later look then; after a pause when they
   * have answered, or after a second.
   */
  refresh(servers: readonly ServerPart[]): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#asking === undefined && nowMs - this.#askedAtMs >= EVERY_MS) this.#begin(servers, nowMs);
    return this.#awaited ?? Promise.resolve();
  }

  #begin(servers: readonly ServerPart[], nowMs: number): void {
    const isAfterPause = nowMs - this.#endedAtMs >= PAUSE_MS;
    if (isAfterPause) this.#kept.clear();
    this.#askedAtMs = nowMs;
    const round = this.#askAll(namesOf(servers)).finally(() => {
      this.#asking = undefined;
      this.#endedAtMs = this.#clock.monotonicMs();
    });
    this.#asking = round;
    if (isAfterPause)
      this.#awaited = within(this.#clock, round, PATIENCE_MS).then(() => {
        this.#awaited = undefined;
      });
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
