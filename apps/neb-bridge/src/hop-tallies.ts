import { CHECK_HOPS, type CheckHop, type VisitHop } from "@mod-gearman/observe";
import { DurationTally } from "./duration-tally.ts";

/** Limit of queues that are counted by name; later ones count as `other`: each has up to nine histograms. */
const MAX_QUEUES = 30;
const OTHER = "other";

/** Durations by queue and hop. */
export class HopTallies {
  /** By queue, latin1; for each the hops that were seen, at their index. */
  readonly #queues = new Map<string, (DurationTally | undefined)[]>();
  #current: (DurationTally | undefined)[] = [];
  #currentQueue: string | undefined;

  /** What follows is of this queue, latin1. */
  begin(queue: string): void {
    if (queue === this.#currentQueue) return;
    const name = this.#queues.has(queue) || this.#queues.size < MAX_QUEUES ? queue : OTHER;
    const known = this.#queues.get(name);
    this.#current = known ?? [];
    if (known === undefined) this.#queues.set(name, this.#current);
    this.#currentQueue = queue;
  }

  readonly add: VisitHop = (hop, _from, _to, ms) => {
    const known = this.#current[hop];
    const tally = known ?? new DurationTally();
    if (known === undefined) this.#current[hop] = tally;
    tally.add(ms);
  };

  *[Symbol.iterator](): Generator<{
    readonly queue: string;
    readonly hop: CheckHop;
    readonly tally: DurationTally;
  }> {
    for (const [queue, tallies] of this.#queues)
      for (const [at, hop] of CHECK_HOPS.entries()) {
        const tally = tallies[at];
        if (tally !== undefined) yield { queue: Buffer.from(queue, "latin1").toString(), hop, tally };
      }
  }
}
