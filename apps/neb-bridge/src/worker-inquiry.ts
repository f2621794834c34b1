import type { Clock } from "@mod-gearman/base";
import { ClientConnection } from "@mod-gearman/client";
import type { ModuleOptions } from "@mod-gearman/config";
import { REPORT_REQUEST } from "@mod-gearman/site-page";

/** Status queues are answered at once; a worker that does not is busy with its end. */
const TIMEOUT_MS = 3000;
const MOST_ANSWER_BYTES = 16_384;

/** The server keeps one question for each worker: the next one joins it, so the queue of a worker that hangs does not grow. */
const REPORT_UNIQUE = Buffer.from("site-page");

/** Asks workers by their status queues; it connects to a job server at the first question. */
export class WorkerInquiry {
  readonly #clock: Clock;
  #servers: ModuleOptions["servers"] | undefined;
  #client: ClientConnection | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A report, JSON or the usual line. Rejects without an answer */
  report(servers: ModuleOptions["servers"], name: string): Promise<Buffer> {
    return this.#ask(servers, name, { data: Buffer.from(REPORT_REQUEST), unique: REPORT_UNIQUE });
  }

  /** @param word `drain`, sealed: none joins another one, whose seal may be too old. Source: worker.md 8.5. @returns the worker's answer */
  drain(servers: ModuleOptions["servers"], name: string, word: Buffer): Promise<Buffer> {
    return this.#ask(servers, name, { data: word });
  }

  close(): void {
    void this.#client?.close().catch(() => undefined); // no job of it matters
    this.#client = undefined;
  }

  async #ask(
    servers: ModuleOptions["servers"],
    name: string,
    job: { readonly data: Buffer; readonly unique?: Buffer },
  ): Promise<Buffer> {
    if (this.#servers !== servers) this.close();
    this.#servers = servers;
    this.#client ??= new ClientConnection({
      ...{ servers: [...servers], clock: this.#clock },
      ...{ closeTimeoutMs: 1, failWhenUnreachable: true },
    });
    const answer = await this.#client.submitForeground({
      function: Buffer.from(`worker_${name}`, "latin1"),
      ...{ ...job, priority: "high", timeoutMs: TIMEOUT_MS, maxDataBytes: MOST_ANSWER_BYTES },
    });
    return answer.data;
  }
}
