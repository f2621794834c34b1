import { type AssignedJob, ClientConnection, WorkerConnection } from "@mod-gearman/client";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";

import { nowMicros, queues } from "./check-jobs.ts";
import { type Form, legacyForm } from "./sealed-form.ts";

const IN_FLIGHT = 256;
const source = Buffer.from("Mod-Gearman Worker @ bench");
const output = Buffer.from(
  "HTTP OK: HTTP/1.1 200 OK - 4120 bytes in 0.034 second response time|time=0.034s;2;5",
);

/** A worker that executes nothing: every check job is answered with the same result text. */
export class Consumer {
  readonly #worker: WorkerConnection;
  readonly #client: ClientConnection;
  readonly #form: Form;

  constructor(port: number, form: Form = legacyForm()) {
    this.#form = form;
    const server = { host: "127.0.0.1", port };
    this.#client = new ClientConnection({ servers: [server] });
    this.#worker = new WorkerConnection({
      server,
      functions: [queues.checks],
      maxInFlight: 0,
      onJob: (job) => void this.#answer(job),
    });
  }

  /** Takes jobs, or leaves them in their queue. */
  run(on: boolean): void {
    this.#worker.setCapacity(on ? IN_FLIGHT : 0);
  }

  async close(): Promise<void> {
    await Promise.all([this.#worker.close(), this.#client.close()]);
  }

  async #answer(job: AssignedJob): Promise<void> {
    const now = nowMicros();
    const check = parseJob(this.#form.open(job.data));
    const result = printWorkerResult({
      type: "active",
      hostName: check.hostName ?? Buffer.alloc(0),
      serviceDescription: check.serviceDescription,
      coreStartTime: check.coreTime,
      startTime: now,
      finishTime: now,
      returnCode: 0,
      source,
      output,
      jobId: check.jobId,
    });
    await this.#client.submitBackground({ function: queues.results, data: this.#form.seal(result) });
    job.complete();
  }
}
