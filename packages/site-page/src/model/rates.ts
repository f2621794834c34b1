import type { QueuePart } from "./parts.ts";
import { LIMITS } from "./snapshot.ts";

/** Flow of one queue. */
export interface Rates {
  readonly inPerSecond: number | null;
  readonly outPerSecond: number | null;
  readonly history: readonly number[];
}

interface Known {
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
/** Rounds without a queue until its history is forgotten. */
const KEPT_ROUNDS = 60;

/** Makes flows from counters: each sample is compared with the one before. */
export class RateKeeper {
  readonly #known = new Map<string, Known>();
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
        rates: { ...NONE, history: [] },
        history: [],
        round: this.#round,
      };
      this.#known.set(key, first);
      return first.rates;
    }
    before.round = this.#round;
    const seconds = (nowMs - before.atMs) / SECOND_MS;
    if (nowMs - before.atMs < SHORTEST_MS) return before.rates;
    const flow = flowOf(before.part, part, seconds);
    before.history.push(flow.outPerSecond ?? part.waiting);
    if (before.history.length > LIMITS.history) before.history.shift();
    before.rates = { ...flow, history: [...before.history] };
    before.atMs = nowMs;
    before.part = part;
    return before.rates;
  }
}

/** A job leaves the queue when a worker takes it or it is dropped; one that a worker lost comes back. */
function flowOf(before: QueuePart, now: QueuePart, seconds: number): Omit<Rates, "history"> {
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
