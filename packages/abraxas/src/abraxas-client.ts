import { systemClock } from "@mod-gearman/base";
import {
  type BackgroundJob,
  ClientError,
  type ForegroundJob,
  type ForegroundProgress,
  type ForegroundResult,
  type JobClient,
  type JobStatus,
  type SubmittedJob,
} from "@mod-gearman/client";
import type { QueueStatus } from "@mod-gearman/protocol";
import { AbraxasLink, type AbraxasOptions, type Live } from "./abraxas-link.ts";
import { JobArguments } from "./job-arguments.ts";
import { PendingCalls } from "./pending-calls.ts";
import { unsupported } from "./unsupported.ts";

export interface AbraxasClientOptions extends AbraxasOptions {
  /** Longest wait from the call to the answer. Default 30000. */
  readonly submitTimeoutMs?: number;
  /** Maximum of unsettled calls. Default 1000: abraxas slows down with each. */
  readonly maxPending?: number;
  /** Maximum of bytes in unsettled calls. Default 64 MiB. */
  readonly maxPendingBytes?: number;
}

const SUBMIT_TIMEOUT_MS = 30_000;
const MAX_PENDING = 1000;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
const MAX_DATA_BYTES = 16 * 1024 * 1024;

/**
 * `JobClient` on npm abraxas 2.1.10, an independent implementation for comparison and tests. It refuses with
 * UNSUPPORTED what abraxas cannot do: progress of foreground jobs (abraxas decodes warnings as UTF-8, turns status
 * into a fraction and merges parts), the same unique key twice in the foreground at a time, `resend`. A server that
 * sends malformed packets can end the process, as the parser of abraxas emits errors that have no listener.
 */
export class AbraxasClient implements JobClient {
  readonly #options: AbraxasClientOptions;
  readonly #link: AbraxasLink;
  readonly #calls: PendingCalls<Live>;
  readonly #foregroundKeys = new Set<string>();

  constructor(options: AbraxasClientOptions) {
    this.#options = options;
    this.#calls = new PendingCalls(options.clock ?? systemClock, {
      maxPending: options.maxPending ?? MAX_PENDING,
      maxPendingBytes: options.maxPendingBytes ?? MAX_PENDING_BYTES,
    });
    this.#link = new AbraxasLink(options, 1, () => {});
    this.#link.on("connect", (live) => this.#calls.connected(live));
    this.#link.on("disconnect", () => this.#calls.disconnected());
  }

  get connected(): boolean {
    return this.#link.live !== undefined;
  }

  get pending(): number {
    return this.#calls.length;
  }

  waitConnected(): Promise<void> {
    return this.#call(0, (_, done) => done(undefined));
  }

  async submitBackground(job: BackgroundJob): Promise<SubmittedJob> {
    if (job.resend === true) throw unsupported("resend");
    const { name, data, options } = new JobArguments(job);
    const handle = await this.#call<string>(data.length, ({ client }, done, fail) => {
      const task = client.submitJobBg(name, options, data, (error) => {
        if (error !== null) fail(error);
        else done(task.jobid ?? "");
      });
    });
    return { handle: Buffer.from(handle, "latin1"), server: this.#options.server };
  }

  async submitForeground(job: ForegroundJob, progress: ForegroundProgress = {}): Promise<ForegroundResult> {
    if (progress.data ?? progress.warning ?? progress.status)
      throw unsupported("progress of a foreground job");
    const { name, data, options, coalescingKey } = new JobArguments(job);
    // abraxas throws inside its parser when one connection is attached to a job twice
    if (coalescingKey !== undefined && this.#foregroundKeys.has(coalescingKey))
      throw unsupported("a unique key twice at the same time");
    if (coalescingKey !== undefined) this.#foregroundKeys.add(coalescingKey);
    try {
      const max = job.maxDataBytes ?? MAX_DATA_BYTES;
      return await this.#call<ForegroundResult>(
        data.length,
        ({ client }, done, fail) => {
          const parts: Buffer[] = [];
          let bytes = 0;
          const task = client.submitJob(name, options, data);
          task.on("error", fail);
          task.on("data", (part: Buffer) => {
            bytes += part.length;
            if (bytes <= max) parts.push(part);
            else fail(new ClientError("DATA_TOO_LARGE", `the job brought more than ${max} bytes`));
          });
          task.on("end", () => {
            const handle = Buffer.from(task.jobid ?? "", "latin1");
            done({ handle, server: this.#options.server, data: Buffer.concat(parts) });
          });
        },
        job.timeoutMs,
      );
    } finally {
      if (coalescingKey !== undefined) this.#foregroundKeys.delete(coalescingKey);
    }
  }

  getStatus(handle: Buffer): Promise<Pick<JobStatus, "known" | "running">> {
    return this.#call(0, ({ client }, done, fail) =>
      client.getStatus(handle.toString("latin1"), {}, (error, status) => {
        if (error !== null || status === undefined) fail(error ?? new Error("no status"));
        else done({ known: status.known !== 0, running: status.running !== 0 });
      }),
    );
  }

  queues(): Promise<QueueStatus[]> {
    return this.#call(0, ({ client }, done, fail) => {
      client.status({}, (error, table) => {
        if (error !== null || table === undefined) return fail(error ?? new Error("no table"));
        done(
          Object.entries(table).map(([queue, { inqueue, running, workers }]) => {
            return { queue: Buffer.from(queue), total: inqueue, running, workers };
          }),
        );
      });
    });
  }

  async close(): Promise<void> {
    this.#calls.close();
    await this.#link.close();
  }

  #call<T>(
    bytes: number,
    start: (live: Live, done: (value: T) => void, fail: (error: Error) => void) => void,
    timeoutMs = this.#options.submitTimeoutMs ?? SUBMIT_TIMEOUT_MS,
  ): Promise<T> {
    return this.#calls.call(bytes, timeoutMs, start);
  }
}
