import { duplexPair } from "node:stream";
import { systemClock } from "@mod-gearman/base";
import { ClientConnection } from "@mod-gearman/client";
import type { JobServer } from "@mod-gearman/server";
import { REPORT_REQUEST } from "@mod-gearman/site-page";

/** Status queues are answered at once; a worker that does not is busy with its end. */
const TIMEOUT_MS = 3000;
const MOST_ANSWER_BYTES = 16_384;

/** Asks workers for a report by their status queues, as a client inside this process; it connects at the first question. */
export class WorkerInquiry {
  readonly #server: Pick<JobServer, "accept">;
  #client: ClientConnection | undefined;

  constructor(server: Pick<JobServer, "accept">) {
    this.#server = server;
  }

  /** @param name of the worker, latin1. Rejects without an answer */
  ask(name: string): Promise<Buffer> {
    return this.#submit(name, REPORT_REQUEST, "site-page"); // one question at a time for each worker
  }

  /** Asks a worker to drain, in clear text. Source: worker.md 8.5. @returns its answer */
  drain(name: string): Promise<Buffer> {
    return this.#submit(name, "drain", "site-page drain");
  }

  async #submit(name: string, word: string, unique: string): Promise<Buffer> {
    this.#client ??= this.#connect();
    const { data } = await this.#client.submitForeground({
      function: Buffer.from(`worker_${name}`, "latin1"),
      data: Buffer.from(word),
      unique: Buffer.from(unique),
      priority: "high",
      ...{ timeoutMs: TIMEOUT_MS, maxDataBytes: MOST_ANSWER_BYTES },
    });
    return data;
  }

  close(): void {
    void this.#client?.close().catch(() => undefined); // no job of it matters
  }

  #connect(): ClientConnection {
    return new ClientConnection({
      servers: [{ host: "in-process", port: 0 }],
      clock: systemClock,
      duplex: async () => {
        const [ours, theirs] = duplexPair();
        this.#server.accept(theirs);
        return ours;
      },
      ...{ closeTimeoutMs: 1, failWhenUnreachable: true },
    });
  }
}
