import { ClientConnection, type Clock, WorkerConnection } from "@mod-gearman/client";
import type { ModuleOptions } from "@mod-gearman/config";
import { createEnvelope, type Envelope } from "@mod-gearman/crypto";
import type { Logger } from "@mod-gearman/observe";

import type { OutstandingCheck } from "./outstanding.ts";
import type { ResultIntake } from "./result-intake.ts";

export interface EngineDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly results: ResultIntake;
  readonly onServerState: (connected: boolean) => void;
  /** Submits that may wait unsent or unanswered in the client. */
  readonly maxQueued: number;
}

/** Everything that one configuration needs towards the job servers; replaced as a whole on a change. */
export class Engine {
  readonly options: ModuleOptions;
  readonly envelope: Envelope;
  readonly client: ClientConnection;
  readonly #workers: WorkerConnection[];

  constructor(options: ModuleOptions, deps: EngineDeps) {
    const { clock, logger } = deps;
    this.options = options;
    const mode = options.acceptClearResults ? "accept-clear" : "on";
    this.envelope = createEnvelope(
      options.encryption && options.key !== undefined ? { mode, password: options.key } : { mode: "off" },
    );
    this.client = new ClientConnection({
      servers: options.servers,
      clock,
      logger,
      maxQueued: deps.maxQueued,
      ...(options.gearmanConnectionTimeoutMs > 0
        ? { submitTimeoutMs: options.gearmanConnectionTimeoutMs }
        : {}),
    });
    this.client.on("connect", () => deps.onServerState(true));
    this.client.on("disconnect", () => deps.onServerState(false));
    this.#workers =
      options.resultWorkers > 0
        ? options.servers.map(
            (server) =>
              new WorkerConnection({
                server,
                functions: [options.resultQueue],
                maxInFlight: 0,
                onJob: (job) => deps.results.onJob(job),
                clock,
                logger,
              }),
          )
        : [];
  }

  /** Takes at most `jobs` result jobs at a time from all servers together; 0 leaves them queued. */
  setResultCapacity(jobs: number): void {
    const each = jobs === 0 ? 0 : Math.max(1, Math.floor(jobs / Math.max(1, this.#workers.length)));
    for (const worker of this.#workers) worker.setCapacity(each);
  }

  async isKnown(check: OutstandingCheck): Promise<boolean> {
    const answer =
      check.unique.length > 0
        ? await this.client.getStatusUnique(check.unique)
        : await this.client.getStatus(check.handle);
    return answer.known;
  }

  /** Lets submits under way finish (bounded by the client), gives result jobs back. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#workers.map((worker) => worker.close()), this.client.close()]);
  }
}
