import type { Clock, Logger, ServerAddress } from "@mod-gearman/base";
import { type AssignedJob, type Liveness, WorkerConnection } from "@mod-gearman/client";
import { rateLimited } from "@mod-gearman/observe";

export interface EnrolmentQueueOptions {
  readonly servers: readonly ServerAddress[];
  readonly queue: Buffer;
  /** @returns undefined: the job fails */
  readonly answer: (data: Buffer) => Promise<Buffer | undefined>;
  readonly clientId: Buffer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly liveness: Liveness;
}

/** Requests under way on the connection to one server. */
const MAX_IN_FLIGHT = 4;
const LOG_EVERY_MS = 60_000;

/** Takes requests for keys from all job servers. */
export class EnrolmentQueue {
  readonly #options: EnrolmentQueueOptions;
  readonly #workers: readonly WorkerConnection[];
  readonly #problem: (text: string) => void;

  /** @throws ClientError BAD_ARGUMENT for a queue that no job server would accept */
  constructor(options: EnrolmentQueueOptions) {
    const { servers, queue, clientId, clock, logger, liveness } = options;
    const debug = (text: string): void => logger.debug(text);
    this.#options = options;
    this.#problem = rateLimited(
      (text) => logger.error(text),
      LOG_EVERY_MS,
      () => clock.monotonicMs(),
    );
    this.#workers = servers.map(
      (server) =>
        new WorkerConnection({
          ...{ server, functions: [queue], clientId, clock, liveness },
          maxInFlight: MAX_IN_FLIGHT,
          logger: { debug, info: debug, warn: debug }, // the connection that jobs are put on says the same once
          onJob: (job) => void this.#take(job),
        }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  async #take(job: AssignedJob): Promise<void> {
    try {
      const answer = await this.#options.answer(job.data);
      if (answer === undefined) job.fail();
      else job.complete(answer);
    } catch (error) {
      this.#problem(
        `a request for keys cannot be answered: ${error instanceof Error ? error.message : error}`,
      );
      job.fail();
    }
  }
}
