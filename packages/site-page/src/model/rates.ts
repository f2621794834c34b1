import type { QueuePart, ServerPart } from "./parts.ts";
import { LIMITS, type QueueRow } from "./snapshot.ts";

/** Flow of one queue. */
export interface Rates {
  readonly inPerSecond: number | null;
  readonly outPerSecond: number | null;
  readonly history: readonly number[];
  /** Jobs wait, workers are idle, and nothing was taken for half a minute: of servers that do not say it themselves. */
  readonly isStill: boolean;
}

interface Known {
  /** Since when nothing was taken; undefined while something is. */
  stillSinceMs: number | undefined;
  atMs: number;
  part: QueuePart;
  rates: Rates;
  history: number[];
  round: number;
}

/** Samples that are closer together give no rate. */
const SHORTEST_MS = 500;
const NONE = { inPerSecond: null, outPerSecond: null } as const;
const SECOND_MS = 1000;
/** Workers that connect again take jobs before. */
const STILL_MS = 30_000;
/** Rounds without a queue until its history is forgotten. */
const KEPT_ROUNDS = 60;

/** Makes flows from counters: each sample is compared with the one before. */
export class RateKeeper {
  readonly #known = new Map<string, Known>();
  /** Of servers that have not been read again since. */
  readonly rows = new WeakMap<ServerPart, readonly QueueRow[]>();
  #round = 0;

  /** Ends a round of samples; queues that have long not been sampled are forgotten. */
  endRound(): void {
    this.#round += 1;
    for (const [key, { round }] of this.#known)
      if (this.#round - round > KEPT_ROUNDS) this.#known.delete(key);
  }

  /** @param nowMs monotonic */
  sample(server: string, part: QueuePart, nowMs: number): Rates {
    const key = `${server}\0${part.name}`;
    const before = this.#known.get(key);
    if (before === undefined) {
      const first: Known = {
        atMs: nowMs,
        part,
        stillSinceMs: undefined,
        rates: { ...NONE, history: [], isStill: false },
        history: [],
        round: this.#round,
      };
      this.#known.set(key, first);
      return first.rates;
    }
    before.round = this.#round;
    const seconds = (nowMs - before.atMs) / SECOND_MS;
    // the same part: it has not been read again
    if (part === before.part || nowMs - before.atMs < SHORTEST_MS) return before.rates;
    const flow = flowOf(before.part, part, seconds);
    before.history.push(flow.outPerSecond ?? part.waiting);
    if (before.history.length > LIMITS.history) before.history.shift();
    if (!standsStill(before.part, part)) before.stillSinceMs = undefined;
    else before.stillSinceMs ??= before.atMs;
    const isStill = before.stillSinceMs !== undefined && nowMs - before.stillSinceMs >= STILL_MS;
    before.rates = { ...flow, history: [...before.history], isStill };
    before.atMs = nowMs;
    before.part = part;
    return before.rates;
  }
}

/** Between two samples. A queue that flows is seen with a running job, or with fewer waiting ones, before long. */
function standsStill(before: QueuePart, now: QueuePart): boolean {
  return (
    now.waiting > 0 && now.waiting >= before.waiting && now.workers > 0 && before.running + now.running === 0
  );
}

/** A job leaves the queue when a worker takes it or it is dropped; one that a worker lost comes back. */
function flowOf(before: QueuePart, now: QueuePart, seconds: number): Omit<Rates, "history" | "isStill"> {
  if (before.grabs === undefined || now.grabs === undefined || now.grabs < before.grabs) return NONE;
  const taken = now.grabs - before.grabs;
  const requeued = (now.requeued ?? 0) - (before.requeued ?? 0);
  const dropped = (now.drops ?? 0) - (before.drops ?? 0);
  const came = Math.max(now.waiting - before.waiting + taken + dropped - requeued, 0);
  return { inPerSecond: perSecond(came, seconds), outPerSecond: perSecond(taken, seconds) };
}

/** Two digits are enough to look at, and keep messages small. */
function perSecond(count: number, seconds: number): number {
  return Math.round((count / seconds) * 100) / 100;
}
