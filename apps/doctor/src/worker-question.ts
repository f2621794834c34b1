import { type ServerAddress, valueWithin } from "@mod-gearman/base";
import {
  AdminConnection,
  ClientConnection,
  ClientError,
  type RunningJob,
  WorkerConnection,
} from "@mod-gearman/client";
import { CryptoError, createEnvelope, type Envelope } from "@mod-gearman/crypto";
import { type CheckResult, PayloadError, parseCheckResult, printJob } from "@mod-gearman/payload";
import type { World } from "./world.ts";

/** How a check that was sent to a queue ended. */
export type Answer =
  | {
      readonly kind: "result";
      readonly result: CheckResult;
      /** Times of day of sending and receiving, microseconds. */
      readonly sentMicros: bigint;
      readonly receivedMicros: bigint;
    }
  /** No result in time; `text` says what is known. */
  | { readonly kind: "none"; readonly text: string }
  /** A result in another form than that of the job: another key. */
  | { readonly kind: "unreadable" }
  /** The worker gave the job up: it cannot read it. */
  | { readonly kind: "refused" }
  | { readonly kind: "broken"; readonly text: string };

export interface Question {
  readonly queue: string;
  readonly commandLine: string;
}

interface Asker {
  readonly server: ServerAddress;
  /** Key of the site; undefined: without encryption. */
  readonly key: Buffer | undefined;
  /** Of the whole question. */
  readonly timeoutMs: number;
}

const HOST = Buffer.from("mod_gearman_doctor", "latin1");
const CLIENT_ID = Buffer.from("mod_gearman_doctor", "latin1");
const GRACE_MS = 2000;
const CLOSE_MS = 100;
const DROP_MS = 500;
const MAX_IN_FLIGHT = 16;

/**
 * Sends checks to queues of one server and receives their results on a queue of its own, so that no core sees them.
 * The jobs are foreground jobs: they are dropped when this program ends.
 */
export class WorkerQuestions {
  readonly #asker: Asker;
  readonly #world: Pick<World, "dial" | "clock" | "nowMicros" | "random" | "hostName">;
  readonly #envelope: Envelope;
  readonly #resultQueue: Buffer;
  readonly #pending = new Map<string, (result: CheckResult | "unreadable") => void>();
  readonly #worker: WorkerConnection;
  readonly #client: ClientConnection;

  constructor(asker: Asker, world: Pick<World, "dial" | "clock" | "nowMicros" | "random" | "hostName">) {
    this.#asker = asker;
    this.#world = world;
    this.#envelope = createEnvelope({ mode: asker.key === undefined ? "off" : "on", password: asker.key });
    this.#resultQueue = ownQueue(world);
    const { dial: duplex, clock } = world;
    this.#worker = new WorkerConnection({
      clock,
      duplex,
      server: asker.server,
      functions: [this.#resultQueue],
      maxInFlight: MAX_IN_FLIGHT,
      clientId: CLIENT_ID,
      closeTimeoutMs: CLOSE_MS,
      onJob: (job) => this.#take(job),
    });
    this.#client = new ClientConnection({
      clock,
      duplex,
      servers: [asker.server],
      failWhenUnreachable: true,
      submitTimeoutMs: asker.timeoutMs + GRACE_MS, // later than the job itself, whose end says more
      closeTimeoutMs: 1,
    });
  }

  /** Never rejects because of a server or worker. */
  async ask({ queue, commandLine }: Question): Promise<Answer> {
    const token = this.#world.random();
    const sentMicros = this.#world.nowMicros();
    const result = new Promise<CheckResult | "unreadable">((resolve) => this.#pending.set(token, resolve));
    try {
      const unanswered = await this.#submit(queue, commandLine, token, result);
      if (unanswered !== undefined) return unanswered;
      const found = await valueWithin(this.#world.clock, result, GRACE_MS);
      if (found === undefined) return { kind: "none", text: "the worker took the job, but no result came" };
      if (found === "unreadable") return { kind: "unreadable" };
      return { kind: "result", result: found, sentMicros, receivedMicros: this.#world.nowMicros() };
    } finally {
      this.#pending.delete(token);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#worker.close(), this.#client.close()]);
    const { dial: duplex, clock } = this.#world;
    const command = `drop function ${this.#resultQueue.toString("latin1")}`; // else it stays in the server's list
    await AdminConnection.query(this.#asker.server, [command], { timeoutMs: DROP_MS, duplex, clock }).catch(
      () => [],
    );
  }

  /** @returns the answer, if no result will come; undefined once the job is done or the result is there */
  async #submit(
    queue: string,
    commandLine: string,
    token: string,
    result: Promise<unknown>,
  ): Promise<Answer | undefined> {
    const { timeoutMs } = this.#asker;
    const job = {
      function: Buffer.from(queue, "latin1"),
      unique: Buffer.from(token.slice(0, 63), "latin1"),
      data: this.#envelope.seal(this.#jobText(queue, commandLine, token)),
      priority: "high",
      timeoutMs,
    } as const;
    const done = this.#client.submitForeground(job).then(() => undefined, answerOf);
    return Promise.race([done, result.then(() => undefined)]);
  }

  #jobText(queue: string, commandLine: string, token: string): Buffer {
    return printJob({
      kind: "service",
      resultQueue: this.#resultQueue,
      targetQueue: Buffer.from(queue, "latin1"),
      hostName: HOST,
      serviceDescription: Buffer.from(token, "latin1"),
      coreTime: this.#world.nowMicros(),
      timeoutSeconds: Math.max(1, Math.ceil(this.#asker.timeoutMs / 1000)),
      commandLine: Buffer.from(commandLine, "latin1"),
    });
  }

  #take(job: RunningJob): void {
    job.complete();
    const result = this.#read(job.data);
    if (result === "unreadable") {
      for (const resolve of this.#pending.values()) resolve(result);
      return;
    }
    this.#pending.get(result.serviceDescription?.toString("latin1") ?? "")?.(result);
  }

  #read(payload: Buffer): CheckResult | "unreadable" {
    try {
      return parseCheckResult(this.#envelope.open(payload));
    } catch (error) {
      if (error instanceof CryptoError || error instanceof PayloadError) return "unreadable";
      throw error;
    }
  }
}

/** One of 4096 queues of this machine: killed programs leave a bounded number of names on a server. */
function ownQueue({ hostName, random }: Pick<World, "hostName" | "random">): Buffer {
  const host = hostName.replace(/[^\w.-]/g, "_").slice(0, 64);
  return Buffer.from(`mod_gearman_doctor_${host}_${random().slice(0, 3)}`, "latin1");
}

function answerOf(error: unknown): Answer {
  if (!(error instanceof ClientError)) throw error;
  if (error.code === "JOB_FAILED" || error.code === "JOB_EXCEPTION") return { kind: "refused" };
  if (error.code === "TIMEOUT" && error.phase === "waiting")
    return { kind: "none", text: "no worker finished the job in time" };
  return { kind: "broken", text: error.message };
}
