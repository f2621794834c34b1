import type { Peer } from "./core/entities.ts";
import type { JobQueues } from "./core/job-queues.ts";
import { QueueWatch, type WatchRules } from "./core/queue-watch.ts";
import type { Steps } from "./core/steps.ts";
import type { KindsOfLines } from "./kinds-of-lines.ts";
import { fromBytes, printJobName, printPeerName } from "./observe/printed-names.ts";

/** Looks at all queues and workers once a second, and logs what it finds. */
export class Watch {
  readonly #queues: JobQueues;
  readonly #watch: QueueWatch;
  readonly #pursue: (steps: Steps, onDone: () => void) => void;
  #isLooking = false;
  #lookedAt = 0; // of JobQueues.seconds

  /** @param options `pursue` performs steps in slices */
  constructor(
    queues: JobQueues,
    lines: KindsOfLines,
    options: { peers(): Iterable<Peer>; pursue(steps: Steps, onDone: () => void): void },
  ) {
    this.#queues = queues;
    this.#pursue = (steps, onDone) => options.pursue(steps, onDone);
    const watched = {
      functions: queues.functions,
      peers: () => options.peers(),
      nowSeconds: () => queues.seconds.now,
    };
    this.#watch = new QueueWatch(watched, {
      stalled: (one, idle, seconds) =>
        lines.warn(
          "stall",
          `Stalled: ${one.waitingCount} jobs of ${fromBytes(one.name)} wait, ${idle} idle workers took none for ${seconds} s, waking them again`,
        ),
      heldLong: (job, worker, seconds) =>
        lines.warn(
          "held",
          `Worker ${printPeerName(worker)} has job ${printJobName(job)} of ${fromBytes(job.function.name)} for ${seconds} s`,
        ),
      tooOld: (job) => queues.drop(job, "age"),
    });
  }

  /** Times that a function was found to be stalled. */
  get stalls(): number {
    return this.#watch.stalls;
  }

  /** To be called more often than once a second; does nothing before the last look is over. */
  tick(rules: WatchRules): void {
    const now = this.#queues.seconds.now;
    if (this.#isLooking || now === this.#lookedAt) return;
    this.#lookedAt = now;
    this.#isLooking = true;
    this.#pursue(this.#watch.round(rules), () => {
      this.#isLooking = false;
    });
  }
}
