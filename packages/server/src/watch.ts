import type { Logger } from "@mod-gearman/observe";
import type { Peer } from "./core/entities.ts";
import type { JobQueues } from "./core/job-queues.ts";
import { QueueWatch, type WatchRules } from "./core/queue-watch.ts";
import type { Steps } from "./core/steps.ts";
import { fromBytes, printJobName, printPeerName } from "./observe/printed-names.ts";

/** Lines of one look; what is above is counted in one more. */
const MOST_LINES = 10;

/** Looks at all queues and workers once a second, and logs what it finds. */
export class Watch {
  readonly #queues: JobQueues;
  readonly #watch: QueueWatch;
  readonly #pursue: (steps: Steps, onDone: () => void) => void;
  readonly #logger: Pick<Logger, "warn">;
  #stalled = 0; // in this look
  #held = 0; // in this look
  #isLooking = false;
  #lookedAt = 0; // of JobQueues.seconds

  /** @param options `pursue` performs steps in slices */
  constructor(
    queues: JobQueues,
    logger: Pick<Logger, "warn">,
    options: { peers(): Iterable<Peer>; pursue(steps: Steps, onDone: () => void): void },
  ) {
    this.#queues = queues;
    this.#logger = logger;
    this.#pursue = (steps, onDone) => options.pursue(steps, onDone);
    const watched = {
      functions: queues.functions,
      peers: () => options.peers(),
      nowSeconds: () => queues.seconds.now,
    };
    this.#watch = new QueueWatch(watched, {
      stalled: (one, idle, seconds) => {
        this.#stalled += 1;
        if (this.#stalled > MOST_LINES) return;
        const what = `${one.waitingCount} jobs of ${fromBytes(one.name)} wait, ${idle} idle workers`;
        logger.warn(`Stalled: ${what} took none for ${seconds} s, waking them again`);
      },
      keptByPause: (one, seconds) => {
        const what = `${one.waitingCount} jobs of ${fromBytes(one.name)} wait for ${seconds} s`;
        logger.warn(`Paused: ${what}, none is given to workers before it is resumed`);
      },
      heldLong: (job, worker, seconds) => {
        this.#held += 1;
        if (this.#held > MOST_LINES) return;
        const what = `job ${printJobName(job)} of ${fromBytes(job.function.name)}`;
        logger.warn(`Worker ${printPeerName(worker)} has ${what} for ${seconds} s`);
      },
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
      this.#countFurther();
    });
  }

  #countFurther(): void {
    if (this.#stalled > MOST_LINES)
      this.#logger.warn(`Stalled: ${this.#stalled - MOST_LINES} further functions`);
    if (this.#held > MOST_LINES)
      this.#logger.warn(`Workers have ${this.#held - MOST_LINES} further jobs for as long`);
    this.#stalled = 0;
    this.#held = 0;
  }
}
