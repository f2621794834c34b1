import { type Clock, type ServerAddress, valueWithin, within } from "@mod-gearman/base";
import {
  AdminConnection,
  ClientConnection,
  ClientError,
  type DuplexFactory,
  type RunningJob,
  WorkerConnection,
} from "@mod-gearman/client";
import { type CheckResult, printJob } from "@mod-gearman/payload";
import type { CheckEnd } from "./check-end.ts";
import type { CheckSealing } from "./check-sealing.ts";
import type { ReadResult } from "./read-result.ts";

/** What a program has of the outside world. */
export interface CheckWorld {
  readonly dial: DuplexFactory;
  readonly clock: Clock;
  /** Time of day, microseconds since 1970. */
  nowMicros(): bigint;
  /** Unpredictable hexadecimal digits, 8 to 64, which are the unique key of a job. */
  random(): string;
}

export interface RemoteChecksOptions {
  readonly server: ServerAddress;
  /** No other program takes its jobs. */
  readonly resultQueue: Buffer;
  /** The result queue stays in the server's list at the end. */
  readonly keepsResultQueue?: boolean | undefined;
  /** For lists of the server. */
  readonly clientId: Buffer;
  readonly sealing: CheckSealing;
  /** The longest time of a check. */
  readonly timeoutMs: number;
  /** Whether another program may wait for a result: then the server hands it to that. */
  readonly isPendingOther?: ((result: CheckResult) => boolean) | undefined;
}

export interface RemoteCheck {
  readonly queue: Buffer;
  readonly hostName: Buffer;
  /** Absent: the check of a host. */
  readonly serviceDescription?: Buffer | undefined;
  readonly commandLine: Buffer;
  /** In which the worker ends the plugin. */
  readonly timeoutSeconds: number;
  /** Of all of it. */
  readonly timeoutMs: number;
  /** The worker has finished the job; its result may come later. */
  readonly onJobDone?: (() => void) | undefined;
}

interface Pending {
  readonly queue: string;
  readonly jobId: string | undefined;
  resolve(end: Arrived): void;
}

/** How a job ended without its result; `no-result`: the worker has finished it. */
type JobEnd = Extract<CheckEnd, { kind: "refused" | "no-result" | "unfinished" | "not-taken" | "broken" }>;
type Arrived = Unread | (Extract<ReadResult, { kind: "result" }> & { readonly payload: Buffer });

/** Nothing in it says whose result it is. */
type Unread = Exclude<ReadResult, { kind: "result" }>;

/** Time for the result after the worker has finished the job. */
const RESULT_GRACE_MS = 2000;
/** The same where a message has come that cannot be read: it may be that result. */
const UNREAD_GRACE_MS = 500;
/** Time reserved for the question about a job without answer. */
const QUESTION_MS = 500;
/** The server's acknowledgement may come later than the end of the job would: that end says more. */
const SUBMIT_LATER_MS = 2000;
const CLOSE_MS = 100;
const MAX_IN_FLIGHT = 16;
const DROP_ATTEMPTS = 5;
const DROP_MS = 500;
const DROP_AGAIN_MS = 20;
const MAX_UNIQUE = 63;

/**
 * Sends checks to queues of one server and receives their results on a queue of its own, so no core sees them. The jobs are
 * foreground jobs: the server drops them when this program ends before a worker has them.
 */
export class RemoteChecks {
  readonly #options: RemoteChecksOptions;
  readonly #world: CheckWorld;
  readonly #worker: WorkerConnection;
  readonly #client: ClientConnection;
  readonly #listening: Promise<true>;
  #lastUnread: Unread | undefined;
  #unread = 0;
  /** By object. */
  readonly #pending = new Map<string, Pending>();

  constructor(options: RemoteChecksOptions, world: CheckWorld) {
    const { server, resultQueue, clientId, timeoutMs } = options;
    const { dial: duplex, clock } = world;
    this.#options = options;
    this.#world = world;
    this.#worker = new WorkerConnection({
      ...{ clock, duplex, server, clientId },
      functions: [resultQueue],
      maxInFlight: MAX_IN_FLIGHT,
      closeTimeoutMs: CLOSE_MS,
      onJob: (job) => this.#take(job),
    });
    this.#listening = new Promise((resolve) => this.#worker.once("asleep", () => resolve(true)));
    this.#client = new ClientConnection({
      ...{ clock, duplex },
      servers: [server],
      failWhenUnreachable: true,
      submitTimeoutMs: timeoutMs + SUBMIT_LATER_MS,
      closeTimeoutMs: 1,
    });
  }

  /** Messages of the result queue that could not be read, or that the module would refuse before it knows whose result it is. */
  get unread(): number {
    return this.#unread;
  }

  /** Until the server has given all that was in the result queue. @returns false if that takes longer */
  listen(timeoutMs: number): Promise<boolean> {
    return within(this.#world.clock, this.#listening, timeoutMs);
  }

  /** One check at a time for each object. Never rejects because of a server or worker. */
  async run(check: RemoteCheck): Promise<CheckEnd> {
    const { clock } = this.#world;
    const startMs = clock.monotonicMs();
    const leftMs = (): number => Math.max(1, Math.ceil(startMs + check.timeoutMs - clock.monotonicMs()));
    const key = keyOf(check.hostName, check.serviceDescription);
    const { binding, seal } = this.#options.sealing.job(check.queue, check.timeoutMs);
    const arrived = Promise.withResolvers<Arrived>();
    const { resolve } = arrived;
    this.#pending.set(key, { queue: check.queue.toString("latin1"), jobId: binding?.jobId, resolve });
    const sentMicros = this.#world.nowMicros();
    const unreadBefore = this.#unread;
    try {
      const job = { data: seal(this.#textOf(check, binding)), check };
      const first = await Promise.race([arrived.promise, this.#submit(job, leftMs)]);
      if (first.kind !== "no-result") return this.#endOf(first, sentMicros);
      check.onJobDone?.();
      for (const graceMs of [UNREAD_GRACE_MS, RESULT_GRACE_MS - UNREAD_GRACE_MS]) {
        const late = await valueWithin(clock, arrived.promise, Math.min(graceMs, leftMs()));
        if (late !== undefined) return this.#endOf(late, sentMicros);
        // it may have been of another program, so only a check without result ends with it
        if (this.#unread > unreadBefore) return this.#lastUnread ?? first;
      }
      return first;
    } finally {
      this.#pending.delete(key);
    }
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await Promise.all([this.#worker.close(), this.#client.close()]);
    if (this.#options.keepsResultQueue !== true) await this.#dropResultQueue();
  }

  /** Otherwise it stays in the server's list as a queue without worker. Refused while another program uses it. */
  async #dropResultQueue(): Promise<void> {
    const { server, resultQueue } = this.#options;
    const { clock, dial: duplex } = this.#world;
    const command = `drop function ${resultQueue.toString("latin1")}`;
    for (let attempt = 1; attempt <= DROP_ATTEMPTS; attempt++) {
      const options = { timeoutMs: DROP_MS, duplex, clock };
      const [reply] = await AdminConnection.query(server, [command], options).catch(() => []);
      if (reply?.kind !== "error") return;
      // the server may not have noticed the closed connection yet
      await within(clock, new Promise<never>(() => undefined), DROP_AGAIN_MS);
    }
  }

  #textOf(check: RemoteCheck, binding: object | undefined): Buffer {
    const { queue, hostName, serviceDescription, timeoutSeconds, commandLine } = check;
    return printJob({
      kind: serviceDescription === undefined ? "host" : "service",
      resultQueue: this.#options.resultQueue,
      targetQueue: queue,
      ...{ hostName, serviceDescription, timeoutSeconds, commandLine },
      coreTime: this.#world.nowMicros(),
      ...binding,
    });
  }

  /** Resolves with `no-result` once the worker has finished the job. */
  async #submit(
    { data, check }: { readonly data: Buffer; readonly check: RemoteCheck },
    leftMs: () => number,
  ): Promise<JobEnd> {
    const unique = Buffer.from(this.#world.random().slice(0, MAX_UNIQUE), "latin1");
    const timeoutMs = Math.max(1, check.timeoutMs - Math.min(QUESTION_MS, check.timeoutMs / 4));
    try {
      await this.#client.submitForeground({
        ...{ function: check.queue, unique, data, timeoutMs },
        priority: "high",
      });
      return { kind: "no-result" };
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (error.code === "JOB_FAILED" || error.code === "JOB_EXCEPTION") return { kind: "refused" };
      if (error.code !== "TIMEOUT" || error.phase !== "waiting")
        return { kind: "broken", text: error.message };
      const asked = this.#client.getStatusUnique(unique).catch(() => undefined);
      const status = await valueWithin(this.#world.clock, asked, leftMs());
      return { kind: status?.running === true ? "unfinished" : "not-taken" };
    }
  }

  #take(job: RunningJob): void {
    const read = this.#options.sealing.read(job.data, this.#options.resultQueue);
    if (read.kind !== "result") {
      job.complete();
      this.#lastUnread = read;
      this.#unread += 1;
      return;
    }
    const { result } = read;
    if (this.#options.isPendingOther?.(result) === true) {
      job.abandon();
      return;
    }
    job.complete();
    const pending = this.#pending.get(keyOf(result.hostName, result.serviceDescription));
    const why = pending && refusalOf(read, pending);
    if (why !== undefined) pending?.resolve({ kind: "untaken", why });
    else pending?.resolve({ ...read, payload: Buffer.from(job.data) });
  }

  #endOf(end: Arrived | JobEnd, sentMicros: bigint): CheckEnd {
    if (end.kind !== "result") return end;
    const { result, payload, sealedBy } = end;
    const receivedMicros = this.#world.nowMicros();
    return { kind: "result", result, payload, sealedBy: sealedBy?.name, sentMicros, receivedMicros };
  }
}

/** Why the module would not take a result of a sealed job. */
function refusalOf(
  { result, sealedBy }: Extract<ReadResult, { kind: "result" }>,
  { queue, jobId }: Pending,
): string | undefined {
  if (jobId === undefined) return undefined;
  if (sealedBy === undefined) return "it came in the legacy form (NOT_SEALED_V2)";
  if (sealedBy.queues?.includes(queue) === false)
    return `the list of identities does not allow ${sealedBy.name} for this queue (NOT_ALLOWED)`;
  return result.jobId?.toString("latin1") === jobId
    ? undefined
    : "it has not the id of the job (NOT_IN_FLIGHT)";
}

const keyOf = (hostName: Buffer, serviceDescription: Buffer | undefined): string =>
  `${hostName.toString("latin1")}\0${serviceDescription?.toString("latin1") ?? ""}`;
