import type { CommandCounts } from "./command-memory.ts";
import { DurationTally } from "./duration-tally.ts";
import { HopTallies } from "./hop-tallies.ts";
import type { CoreEvent } from "./link/core-link.ts";

/** Limit of queues that are counted by name; later ones count as `other`. */
const MAX_QUEUES = 200;
const OTHER = "other";
/** Longest name of a queue (wire-format.md 5.2); longer ones are refused, and counted by their first bytes. */
const MAX_QUEUE_BYTES = 511;

/** Outcomes of the jobs of one queue. */
export interface QueueCounts {
  submitted: number;
  failed: number;
  /** Checks that got the orphan result, because no worker was there. */
  orphaned: number;
}

/** Counters of the bridge since its start, for the metrics. Counted whether or not metrics are served. */
export class BridgeCounts {
  /** By kind of event, e.g. `service_check`. */
  readonly submitted = new Map<string, number>();
  readonly failed = new Map<string, number>();
  readonly queues = new Map<string, QueueCounts>();
  /** From the event of the core to the acknowledgement of the job server. */
  readonly submitTime = new DurationTally();
  /** From a result sent to the core to its confirmation. */
  readonly applyTime = new DurationTally();
  /** Of checks from their planned time to the core's confirmation of their result. */
  readonly hops = new HopTallies();
  readonly commands: CommandCounts = { objects: 0, bytes: 0, notKept: 0, refused: 0 };
  activeResults = 0;
  passiveResults = 0;
  orphaned = 0;
  /** Performance data and exports that wait for no server any more, here or in the core. */
  recordsDropped = 0;
  /** Mostly the next job is for the same queue. */
  #last: { readonly queue: Buffer; readonly counts: QueueCounts } | undefined;

  jobSubmitted({ name }: CoreEvent, queue: Buffer, durationMs: number): void {
    increment(this.submitted, name);
    this.#queueOf(queue).submitted += 1;
    this.submitTime.add(durationMs);
  }

  jobFailed(event: CoreEvent): void {
    increment(this.failed, event.name);
    if ("queue" in event) this.#queueOf(event.queue).failed += 1;
  }

  checkOrphaned(queue: Buffer): void {
    this.orphaned += 1;
    this.#queueOf(queue).orphaned += 1;
  }

  #queueOf(queue: Buffer): QueueCounts {
    if (this.#last?.queue.equals(queue) === true) return this.#last.counts;
    const name = queue.toString("utf8", 0, MAX_QUEUE_BYTES);
    const counts = this.queues.get(name) ?? this.#newQueue(this.queues.size < MAX_QUEUES ? name : OTHER);
    this.#last = { queue: Buffer.from(queue), counts };
    return counts;
  }

  #newQueue(name: string): QueueCounts {
    const found = this.queues.get(name);
    if (found !== undefined) return found;
    const counts = { submitted: 0, failed: 0, orphaned: 0 };
    this.queues.set(name, counts);
    return counts;
  }
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
