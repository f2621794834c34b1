import { randomUUID } from "node:crypto";
import type { ServerAddress } from "@mod-gearman/base";
import {
  ClientConnection,
  type JobClient,
  type JobWorker,
  type RunningJob,
  WorkerConnection,
} from "@mod-gearman/client";
import { waitFor } from "@mod-gearman/testkit";
import type { TestContext } from "vitest";
import { AbraxasClient } from "../../src/abraxas-client.ts";
import { AbraxasWorker } from "../../src/abraxas-worker.ts";

/** Implementation of a client or worker under test. */
export type Implementation = "ours" | "abraxas";

/** Code of the error, or the resolved value. */
export const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: { code?: string }) => error.code);

/** A client and workers of one test, with their own queue. */
export class Parties {
  readonly queue = Buffer.from(`q-${randomUUID()}`);
  readonly #context: TestContext;
  readonly #server: ServerAddress;
  readonly #worker: Implementation;
  readonly client: JobClient;

  constructor(context: TestContext, server: ServerAddress, client: Implementation, worker: Implementation) {
    this.#context = context;
    this.#server = server;
    this.#worker = worker;
    const more = { submitTimeoutMs: 15_000, closeTimeoutMs: 1, exceptions: true, maxPending: 5000 };
    this.client =
      client === "ours"
        ? new ClientConnection({ servers: [server], ...more })
        : new AbraxasClient({ server, ...more });
    context.onTestFinished(() => this.client.close());
  }

  /** A worker that keeps its jobs, or passes them to `onJob`. */
  work(onJob?: (job: RunningJob) => void, maxInFlight = 1): { worker: JobWorker; jobs: RunningJob[] } {
    const jobs: RunningJob[] = [];
    const options = {
      server: this.#server,
      functions: [this.queue],
      maxInFlight,
      onJob: (job: RunningJob) => {
        jobs.push(job);
        onJob?.(job);
      },
    };
    const worker = this.#worker === "ours" ? new WorkerConnection(options) : new AbraxasWorker(options);
    this.#context.onTestFinished(() => worker.close());
    return { worker, jobs };
  }

  /** A worker that returns every workload. */
  echo(maxInFlight = 1): void {
    this.work((job) => job.complete(job.data), maxInFlight);
  }

  /** Waits for the job number `count`, counted from 1, of a worker. */
  nth(jobs: RunningJob[], count: number): Promise<RunningJob> {
    return waitFor(`job ${count}`, () => jobs[count - 1]);
  }

  /** Total, running and workers of the queue; undefined if the server does not know it. */
  async counts(): Promise<string | undefined> {
    const line = (await this.client.queues()).find(({ queue }) => queue.equals(this.queue));
    return line && `${line.total} ${line.running} ${line.workers}`;
  }
}
