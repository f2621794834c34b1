import { type ServerAddress, valueWithin } from "@mod-gearman/base";
import {
  AdminConnection,
  ClientConnection,
  ClientError,
  type RunningJob,
  WorkerConnection,
} from "@mod-gearman/client";
import type { RunOptions } from "@mod-gearman/config";
import { CryptoError, createEnvelope, type Envelope } from "@mod-gearman/crypto";
import { type CheckResult, PayloadError, parseCheckResult, printJob } from "@mod-gearman/payload";
import type { World } from "./world.ts";

/** What came back, or why nothing did. */
export type Outcome =
  | { readonly kind: "result"; readonly result: CheckResult; readonly isApplied: boolean }
  | { readonly kind: "none"; readonly text: string };

/** Time for the result after the worker has finished the job. */
const GRACE_MS = 2000;
const CLOSE_MS = 100;
const DROP_MS = 500;
const CLIENT_ID = Buffer.from("mod_gearman_run", "latin1");
/** Stands for the object where none is named. */
const NO_OBJECT = Buffer.from("mod_gearman_run", "latin1");
const KEY_DIFFERS = "its key or its encryption setting differs from the one given here";

type Environment = Pick<World, "dial" | "clock" | "nowMicros" | "random">;

/**
 * One check, sent to a queue of one server. Its result comes to a queue with a name of its own, which this program serves, so no
 * core sees it. The job is a foreground job: the server drops it when this program ends before a worker has it.
 */
export class RemoteCheck {
  readonly #server: ServerAddress;
  readonly #options: RunOptions;
  readonly #world: Environment;
  readonly #envelope: Envelope;
  readonly #token: string;
  readonly #resultQueue: Buffer;
  readonly #result: PromiseWithResolvers<Buffer> = Promise.withResolvers<Buffer>();
  readonly #worker: WorkerConnection;
  readonly #client: ClientConnection;

  constructor(server: ServerAddress, options: RunOptions, world: Environment) {
    this.#server = server;
    this.#options = options;
    this.#world = world;
    const { encryption, key, timeoutSeconds } = options;
    this.#envelope = createEnvelope({ mode: encryption ? "on" : "off", password: key });
    this.#token = world.random();
    this.#resultQueue = Buffer.from(`mod_gearman_run_${this.#token}`, "latin1");
    const { dial: duplex, clock } = world;
    this.#worker = new WorkerConnection({
      ...{ clock, duplex, server },
      functions: [this.#resultQueue],
      maxInFlight: 1,
      clientId: CLIENT_ID,
      closeTimeoutMs: CLOSE_MS,
      onJob: (job: RunningJob) => {
        job.complete();
        this.#result.resolve(Buffer.from(job.data));
      },
    });
    this.#client = new ClientConnection({
      ...{ clock, duplex },
      servers: [server],
      failWhenUnreachable: true,
      submitTimeoutMs: timeoutSeconds * 1000 + GRACE_MS, // later than the job itself, whose end says more
      closeTimeoutMs: CLOSE_MS,
    });
  }

  /** Never rejects because of a server or worker. */
  async run(): Promise<Outcome> {
    const unanswered = await this.#submit();
    if (unanswered !== undefined) return { kind: "none", text: unanswered };
    const payload = await valueWithin(this.#world.clock, this.#result.promise, GRACE_MS);
    if (payload === undefined)
      return {
        kind: "none",
        text: "the worker took the job, but no result came; it may send results to another server",
      };
    const result = this.#read(payload);
    if (result === undefined) return { kind: "none", text: `the result cannot be read: ${KEY_DIFFERS}` };
    return { kind: "result", result, isApplied: this.#options.apply && (await this.#apply(payload)) };
  }

  /** The result queue is removed, else it would stay in the server's list. */
  async close(): Promise<void> {
    await Promise.all([this.#worker.close(), this.#client.close()]);
    const { dial: duplex, clock } = this.#world;
    const command = `drop function ${this.#resultQueue.toString("latin1")}`;
    const options = { timeoutMs: DROP_MS, duplex, clock };
    await AdminConnection.query(this.#server, [command], options).catch(() => []);
  }

  /** @returns why no result will come; undefined once the job is done or the result is there */
  async #submit(): Promise<string | undefined> {
    const { queue, timeoutSeconds } = this.#options;
    const job = {
      function: queue,
      unique: Buffer.from(this.#token, "latin1"),
      data: this.#envelope.seal(this.#jobText()),
      priority: "high",
      timeoutMs: timeoutSeconds * 1000,
    } as const;
    const done = this.#client.submitForeground(job).then(() => undefined, reasonOf);
    return Promise.race([done, this.#result.promise.then(() => undefined)]);
  }

  #jobText(): Buffer {
    const { queue, hostName = NO_OBJECT, serviceDescription, timeoutSeconds, command } = this.#options;
    const isOfHost = this.#options.hostName !== undefined && serviceDescription === undefined;
    return printJob({
      kind: isOfHost ? "host" : "service",
      resultQueue: this.#resultQueue,
      targetQueue: queue,
      hostName,
      serviceDescription: isOfHost ? undefined : (serviceDescription ?? NO_OBJECT),
      coreTime: this.#world.nowMicros(),
      timeoutSeconds,
      commandLine: command,
    });
  }

  #read(payload: Buffer): CheckResult | undefined {
    try {
      return parseCheckResult(this.#envelope.open(payload));
    } catch (error) {
      if (error instanceof CryptoError || error instanceof PayloadError) return undefined;
      throw error;
    }
  }

  /** The core gets what the worker sent, byte for byte. */
  async #apply(data: Buffer): Promise<boolean> {
    try {
      await this.#client.submitBackground({ function: this.#options.resultQueue, data });
      return true;
    } catch (error) {
      if (error instanceof ClientError) return false;
      throw error;
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ClientError)) throw error;
  if (error.code === "JOB_FAILED" || error.code === "JOB_EXCEPTION")
    return `the worker could not read the job: ${KEY_DIFFERS}`;
  return error.code === "TIMEOUT" ? "no worker finished the check in time" : error.message;
}
