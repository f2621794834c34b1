/// <reference path="./abraxas-module.d.ts" />

import { EventEmitter } from "node:events";
import { connect, Socket } from "node:net";
import { type Clock, type ServerAddress, systemClock, type Timer } from "@mod-gearman/base";
import type { QueueStatus } from "@mod-gearman/protocol";
import abraxas from "abraxas";
import { JobArguments } from "./abraxas-arguments.ts";
import { AbraxasCalls } from "./abraxas-calls.ts";
import { AbraxasJob, type AbraxasTask } from "./abraxas-job.ts";
import type { RunningJob } from "./assigned-job.ts";
import { Backoff } from "./backoff.ts";
import type { SubmittedJob } from "./client-connection.ts";
import type { BackgroundJob, ForegroundJob } from "./client-options.ts";
import type { JobClient, JobHandler, JobWorker } from "./contract.ts";
import { ClientError } from "./errors.ts";
import type { ForegroundProgress, ForegroundResult } from "./foreground-submit.ts";
import type { JobStatus } from "./job-status.ts";

export { ClientError } from "./errors.ts";

/** Settings of a client or worker on abraxas. Times are milliseconds. */
export interface AbraxasOptions {
  /** One server: abraxas spreads requests over several, in no order that could be relied on. */
  readonly server: ServerAddress;
  readonly clock?: Clock;
  /** Longest wait between two connection attempts, before jitter. Default 3000. */
  readonly maxDelayMs?: number;
}

/** Settings of an {@link AbraxasClient}. */
export interface AbraxasClientOptions extends AbraxasOptions {
  /** Most time from the call to the answer. Default 30000. */
  readonly submitTimeoutMs?: number;
  /** Most calls that are not settled. Default 1000: abraxas becomes slower with every one. */
  readonly maxPending?: number;
  /** Most bytes of calls that are not settled. Default 64 MiB. */
  readonly maxPendingBytes?: number;
}

/** Settings of an {@link AbraxasWorker}. */
export interface AbraxasWorkerOptions extends AbraxasOptions {
  /** Not empty; ASCII, 1…63 bytes each. */
  readonly functions: readonly Buffer[];
  /** Most jobs in hand and asked for, 1…. */
  readonly maxInFlight: number;
  readonly onJob: JobHandler;
  /** ASCII, at most 63 bytes. */
  readonly clientId?: Buffer;
  /** Largest workload taken; with a larger one the connection ends. Default 256 MiB. */
  readonly maxBodyBytes?: number;
}

const SUBMIT_TIMEOUT_MS = 30_000;
const MAX_PENDING = 1000;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
const MAX_DELAY_MS = 3000;
const MAX_BODY_BYTES = 256 * 1024 * 1024;
const MAX_DATA_BYTES = 16 * 1024 * 1024;
const ARGUMENT_BYTES = 63; // its parser gives up at 64 (job-server.md 8)

/** A live abraxas client with one connection. */
interface Live {
  readonly client: abraxas.Client;
  readonly socket: Socket;
}

interface LinkEvents {
  connect: [live: Live];
  disconnect: [];
}

/**
 * Keeps one abraxas client connected. A lost connection ends the client and a new one is made: by itself abraxas
 * stays for ever with a connection that was reset, and a worker never grabs again when one was lost between grab
 * and answer (its count of grabs is not taken back).
 */
class AbraxasLink extends EventEmitter<LinkEvents> {
  readonly #options: AbraxasOptions;
  readonly #prepare: (client: abraxas.Client) => void;
  readonly #maxJobs: number;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #timer: Timer | undefined;
  #socket: Socket | undefined;
  #live: Live | undefined;
  #closed = false;

  /** @param prepare called for every new client before it is connected */
  constructor(options: AbraxasOptions, maxJobs: number, prepare: (client: abraxas.Client) => void) {
    super();
    this.#options = options;
    this.#maxJobs = maxJobs;
    this.#prepare = prepare;
    this.#clock = options.clock ?? systemClock;
    this.#backoff = new Backoff(options.maxDelayMs ?? MAX_DELAY_MS, () => this.#clock.random());
    this.#open();
  }

  get live(): Live | undefined {
    return this.#live;
  }

  /** End the present connection; a new one is made unless `close` was called. */
  drop(): void {
    this.#socket?.destroy();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return;
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.destroy();
    await ended;
  }

  #open(): void {
    const { host, port } = this.#options.server;
    const client = abraxas.Client.connect({
      servers: [
        (connected) => {
          // its second attempt must come to nothing: this side makes the attempts
          if (this.#socket !== undefined) return new Socket();
          const socket = connect({ host, port }, connected);
          this.#socket = socket;
          socket.on("error", () => socket.destroy());
          socket.once("close", () => this.#ended(client));
          return socket;
        },
      ],
      defaultEncoding: "buffer",
      maxJobs: this.#maxJobs,
    });
    client.on("error", () => this.drop()).on("connection-error", () => this.drop());
    client.once("connect", (_, reconnect: { socket: abraxas.Connection }) => {
      const socket = this.#socket;
      if (socket === undefined || socket.destroyed) return;
      reconnect.socket.on("error", () => this.drop()); // a second one without listener would end the process
      this.#backoff.reset();
      this.#live = { client, socket };
      this.emit("connect", this.#live);
    });
    this.#prepare(client);
  }

  #ended(client: abraxas.Client): void {
    const wasLive = this.#live !== undefined;
    this.#live = undefined;
    client.disconnect();
    if (wasLive) this.emit("disconnect");
    if (this.#closed) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#socket = undefined;
      this.#open();
    }, this.#backoff.next());
  }
}

/**
 * `JobClient` on npm abraxas 2.1.10: an independent implementation, for comparing and for tests. What it cannot
 * do is refused with UNSUPPORTED: progress of foreground jobs (abraxas decodes warnings as UTF-8, turns status into
 * a fraction and merges parts), the same unique key twice in the foreground at the same time, resend. A server
 * that sends malformed packets can end the process: its parser emits errors nobody can listen to.
 */
export class AbraxasClient implements JobClient {
  readonly #options: AbraxasClientOptions;
  readonly #link: AbraxasLink;
  readonly #calls: AbraxasCalls<Live>;
  readonly #foregroundKeys = new Set<string>();

  constructor(options: AbraxasClientOptions) {
    this.#options = options;
    this.#calls = new AbraxasCalls(options.clock ?? systemClock, {
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
    // abraxas throws from inside its parser when one connection is attached to a job twice
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

/**
 * `JobWorker` on npm abraxas 2.1.10. Functions and the client id are ASCII below 64 bytes; a function cannot be
 * withdrawn (its CANT_DO has no name) and unique keys that are no UTF-8 arrive damaged. `fail` sends an empty
 * WORK_WARNING before WORK_FAIL. `sendStatus` takes hundredths only.
 */
export class AbraxasWorker implements JobWorker {
  readonly #options: AbraxasWorkerOptions;
  readonly #link: AbraxasLink;
  readonly #jobs = new Set<AbraxasJob>();
  #functions: string[];

  /** @throws ClientError BAD_ARGUMENT, UNSUPPORTED */
  constructor(options: AbraxasWorkerOptions) {
    this.#options = options;
    this.#functions = options.functions.map((name) => asciiName(name));
    const clientId = options.clientId === undefined ? undefined : asciiName(options.clientId);
    this.#link = new AbraxasLink(options, options.maxInFlight, (client) => {
      if (clientId !== undefined) client.setClientId(clientId);
      for (const name of this.#functions) this.#register(client, name);
    });
    this.#link.on("disconnect", () => {
      for (const job of this.#jobs) job.markLost();
    });
  }

  get connected(): boolean {
    return this.#link.live !== undefined;
  }

  get held(): number {
    return this.#jobs.size;
  }

  setFunctions(functions: readonly Buffer[]): void {
    const names = functions.map((name) => asciiName(name));
    if (!this.#functions.every((name) => names.includes(name)))
      throw unsupported("withdrawing a function from a live connection");
    const added = names.filter((name) => !this.#functions.includes(name));
    this.#functions = names;
    for (const name of added) if (this.#link.live) this.#register(this.#link.live.client, name);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #register(client: abraxas.Client, name: string): void {
    client.registerWorkerStream(name, { encoding: "buffer" }, (task) => {
      this.#take(task, Buffer.from(name, "latin1"));
      return undefined;
    });
  }

  #take(task: AbraxasTask, name: Buffer): void {
    const max = this.#options.maxBodyBytes ?? MAX_BODY_BYTES;
    const parts: Buffer[] = [];
    let bytes = 0;
    task.on("error", () => this.#link.drop());
    task.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes <= max) parts.push(part);
      else this.#link.drop();
    });
    task.once("end", () => {
      if (bytes > max) return;
      const job = new AbraxasJob(task, name, Buffer.concat(parts), () => this.#jobs.delete(job));
      this.#jobs.add(job);
      this.#give(job);
    });
  }

  #give(job: RunningJob): void {
    try {
      this.#options.onJob(job);
    } catch {
      job.fail();
    }
  }
}

/** As text, if abraxas gives it back as it was. @throws ClientError UNSUPPORTED */
function asciiName(name: Buffer): string {
  const text = name.toString("latin1");
  // names are keys of plain objects inside abraxas
  if (!/^[\x21-\x7e]+$/.test(text) || name.length > ARGUMENT_BYTES || text in {})
    throw unsupported(`the name ${JSON.stringify(text)}`);
  return text;
}

function unsupported(what: string): ClientError {
  return new ClientError("UNSUPPORTED", `abraxas does not support ${what}`);
}
