import { type ServerAddress, valueWithin, within } from "@mod-gearman/base";
import {
  AdminConnection,
  type AssignedJob,
  ClientConnection,
  ClientError,
  WorkerConnection,
} from "@mod-gearman/client";
import { CryptoError, isSealedV2 } from "@mod-gearman/crypto";
import { type CheckResult, printJob } from "@mod-gearman/payload";
import { envelopeOf, type ReadResult, readResult, type Sealing } from "./result-reader.ts";
import { SealedTest, type SealedTestFiles } from "./sealed-test.ts";
import { isPendingOther, printToken, type SelfTestToken } from "./self-test-token.ts";
import { askServer } from "./server-answer.ts";
import { failureText } from "./server-check.ts";
import { inLine, type Verdict } from "./verdict.ts";
import type { CheckWorld } from "./world.ts";

export interface SelfTestOptions extends Sealing {
  /** Version 2 of the envelope; absent: the legacy form. */
  readonly sealedFiles?: SealedTestFiles | undefined;
  readonly server: ServerAddress;
  readonly queue: Buffer;
  /** Queue for the result; no other program takes its jobs. */
  readonly resultQueue: Buffer;
  /** True: the result queue is removed from the server at the end. */
  readonly dropResultQueue: boolean;
  /** Prefix of the name in perfdata, distinguishes servers. */
  readonly label: string;
  /** Of the whole test. */
  readonly timeoutMs: number;
}

/** Time for the result after WORK_COMPLETE. */
const RESULT_GRACE_MS = 2000;
/** Time reserved for the status request about a job without answer. */
const QUESTION_MS = 500;
const HOST_NAME = Buffer.from("check_gearman", "latin1");
const DROP_ATTEMPTS = 5;
const DROP_MS = 500;
const DROP_AGAIN_MS = 20;
const MAX_IN_FLIGHT = 16;
const SHOWN_BYTES = 200;
/** Of a sealed job, for a test without time limit. */
const MAX_LIFETIME_MS = 3_600_000;

/**
 * Sends one harmless check (`/bin/echo` and a token) through key, queue, worker and result queue of a server, and names
 * the part that fails. Never rejects.
 *
 * The job is a foreground job: the server reports WORK_FAIL and drops the job when this program ends.
 */
export async function selfTest(options: SelfTestOptions, world: CheckWorld): Promise<Verdict> {
  const test = new SelfTest(options, world);
  try {
    return await test.run();
  } catch (error) {
    if (error instanceof CryptoError)
      return { state: "UNKNOWN", text: `the key cannot be used: ${error.code}` };
    if (error instanceof ClientError) return critical(inLine(error.message));
    throw error;
  } finally {
    await test.close();
  }
}

class SelfTest {
  readonly #options: SelfTestOptions;
  readonly #world: CheckWorld;
  readonly #startMs: number;
  readonly #token: SelfTestToken;
  readonly #sealed: SealedTest | undefined;
  readonly #result: PromiseWithResolvers<ReadResult> = Promise.withResolvers<ReadResult>();
  #isSubmitted = false;
  #worker: WorkerConnection | undefined;
  #client: ClientConnection | undefined;

  constructor(options: SelfTestOptions, world: CheckWorld) {
    this.#options = options;
    this.#world = world;
    this.#startMs = world.clock.monotonicMs();
    const { sealedFiles, timeoutMs } = options;
    const nowMs = (): number => Number(world.nowMicros() / 1000n);
    const deadlineMs = Math.ceil(nowMs() + Math.min(timeoutMs, MAX_LIFETIME_MS));
    this.#sealed = sealedFiles && new SealedTest(sealedFiles, nowMs, deadlineMs);
    this.#token = { madeAtSeconds: Number(world.nowMicros() / 1_000_000n), random: world.random() };
  }

  async run(): Promise<Verdict> {
    const { queue, server, timeoutMs } = this.#options;
    const text = this.#jobText();
    const payload = this.#sealed?.seal(queue, text) ?? envelopeOf(this.#options).seal(text);
    const answer = await askServer(server, timeoutMs, this.#world);
    if (answer.kind !== "status") return critical(failureText(answer, server));
    const found = answer.queues.find(({ name }) => name === queue.toString("latin1"));
    if (found === undefined || found.workers === 0)
      return critical(`no worker takes jobs of queue ${this.#queueName}`);
    this.#world.note(`queue ${this.#queueName}: ${found.workers} workers, ${found.waiting} jobs waiting`);
    if (!(await this.#listen()))
      return critical(`no answer in time for the result queue ${this.#resultQueueName}`);
    this.#isSubmitted = true;
    return this.#judge(await this.#send(payload));
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await Promise.all([this.#worker?.close(), this.#client?.close()]);
    if (this.#worker !== undefined && this.#options.dropResultQueue) await this.#dropResultQueue();
  }

  /** Otherwise it stays in the server's list as a queue without worker. Refused while another self test uses it. */
  async #dropResultQueue(): Promise<void> {
    const { server, resultQueue } = this.#options;
    const { clock, dial } = this.#world;
    const command = `drop function ${resultQueue.toString("latin1")}`;
    for (let attempt = 1; attempt <= DROP_ATTEMPTS; attempt++) {
      const options = { timeoutMs: Math.min(DROP_MS, this.#leftMs), duplex: dial, clock };
      const [reply] = await AdminConnection.query(server, [command], options).catch(() => []);
      if (reply?.kind !== "error") return;
      // the server may not have noticed the closed connection yet
      await within(clock, new Promise<never>(() => undefined), Math.min(DROP_AGAIN_MS, this.#leftMs));
    }
  }

  /** Becomes the worker of the result queue. @returns false if that takes too long */
  async #listen(): Promise<boolean> {
    const { clock, dial } = this.#world;
    const worker = new WorkerConnection({
      clock,
      duplex: dial,
      server: this.#options.server,
      functions: [this.#options.resultQueue],
      maxInFlight: MAX_IN_FLIGHT,
      clientId: Buffer.from("check_gearman self test", "latin1"),
      closeTimeoutMs: 100,
      onJob: (job) => this.#take(job),
    });
    this.#worker = worker;
    // asleep: all results left by earlier self tests have been received
    const ready = new Promise<true>((resolve) => worker.once("asleep", () => resolve(true)));
    return within(clock, ready, this.#leftMs);
  }

  #take(job: AssignedJob): void {
    const read = this.#read(job.data);
    const description = read.kind === "result" ? describeService(read.result) : "";
    if (isPendingOther(description, this.#token)) {
      job.abandon(); // the server hands it to the test that waits for it
      return;
    }
    job.complete();
    const isOwn = read.kind !== "result" || description === printToken(this.#token);
    if (this.#isSubmitted && isOwn) this.#result.resolve(read);
  }

  #read(payload: Buffer): ReadResult {
    const sealed = this.#sealed;
    if (!isSealedV2(payload)) return readResult(payload, this.#options);
    if (sealed === undefined) return { kind: "sealed" };
    const { queue, resultQueue } = this.#options;
    const opened = sealed.open(payload, queue, resultQueue);
    if ("refused" in opened) return { kind: "untaken", why: opened.refused };
    const { result, who } = opened;
    if (result.jobId?.toString("latin1") !== sealed.binding.jobId && this.#isOwn(result))
      return { kind: "untaken", why: "it has not the id of the job (NOT_IN_FLIGHT)" };
    return { kind: "result", result, form: `job and result sealed (v2), worker verified as ${who}` };
  }

  #isOwn(result: CheckResult): boolean {
    return describeService(result) === printToken(this.#token);
  }

  async #send(payload: Buffer): Promise<ReadResult | JobEnd> {
    const leftMs = this.#leftMs;
    const timeoutMs = Math.max(1, leftMs - Math.min(QUESTION_MS, leftMs / 4));
    const { clock, dial } = this.#world;
    const client = new ClientConnection({
      clock,
      duplex: dial,
      servers: [this.#options.server],
      failWhenUnreachable: true,
      submitTimeoutMs: timeoutMs,
      closeTimeoutMs: 1,
    });
    this.#client = client;
    const unique = Buffer.from(this.#token.random.slice(0, 63), "latin1");
    const job = {
      function: this.#options.queue,
      unique,
      data: payload,
      priority: "high",
      timeoutMs,
    } as const;
    const ended = client.submitForeground(job).then(
      (): JobEnd => ({ kind: "done" }),
      (error: unknown) => this.#explain(error, client, unique),
    );
    const first = await Promise.race([this.#result.promise, ended]);
    if (first.kind !== "done") return first;
    this.#world.note("the worker has finished the job");
    const graceMs = Math.min(RESULT_GRACE_MS, this.#leftMs);
    return (await valueWithin(clock, this.#result.promise, graceMs)) ?? first;
  }

  async #explain(error: unknown, client: ClientConnection, unique: Buffer): Promise<JobEnd> {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === "JOB_FAILED" || error.code === "JOB_EXCEPTION") return { kind: "refused" };
    if (error.code !== "TIMEOUT" || error.phase !== "waiting")
      return { kind: "broken", text: inLine(error.message) };
    const asked = client.getStatusUnique(unique).catch(() => undefined);
    const status = await valueWithin(this.#world.clock, asked, this.#leftMs);
    return { kind: status?.running === true ? "unfinished" : "not-taken" };
  }

  #judge(end: ReadResult | JobEnd): Verdict {
    switch (end.kind) {
      case "result":
        return this.#judgeResult(end.result, end.form);
      case "untaken":
        return critical(`a worker ran the job, but the module would refuse its result: ${inLine(end.why)}`);
      case "sealed":
        return critical("the result is sealed (v2), and no envelope_master_file was given here to open it");
      case "clear":
        return critical("the worker sent its result without encryption, although the job was encrypted");
      case "unreadable":
        return critical(
          this.#options.encryption
            ? "the result cannot be decrypted: the worker uses another key for results"
            : "the result cannot be read: the worker encrypts results, although no key was given here",
        );
      case "refused":
        return critical(`the worker could not read the job: ${this.#whyUnread}`);
      case "done":
        return critical(
          `the worker took the job, but no result came: it could not read the job (${this.#whyUnread}), ` +
            "or it sends results to another server",
        );
      case "unfinished":
        return critical(`a worker took the job, but did not finish it within ${this.#seconds}`);
      case "not-taken":
        return critical(
          `the job was accepted, but no worker of queue ${this.#queueName} took it within ${this.#seconds}`,
        );
      case "broken":
        return critical(`the job could not be sent: ${end.text}`);
    }
  }

  #judgeResult(result: CheckResult, form: string): Verdict {
    if (this.#sealed !== undefined && !form.includes("v2"))
      return critical(
        "the job was sealed (v2), but the result came in the legacy form, which the module refuses",
      );
    const output = inLine(result.output.toString("latin1", 0, SHOWN_BYTES).trimEnd());
    const from = inLine(result.source?.toString("latin1", 0, SHOWN_BYTES) ?? "unnamed worker");
    if (result.returnCode !== 0) {
      return critical(`${from} ran the job, but it ended with code ${result.returnCode}: ${output}`);
    }
    if (!result.output.toString("latin1").includes(this.#token.random)) {
      return critical(`${from} sent a result with another text than the job printed: ${output}`);
    }
    const seconds = ((this.#world.clock.monotonicMs() - this.#startMs) / 1000).toFixed(3);
    return {
      state: "OK",
      text: `self test of queue ${this.#queueName} passed in ${seconds}s, worker: ${from} (${form})`,
      perfdata: `'${this.#options.label}self_test_time'=${seconds}s;;;0 `,
    };
  }

  #jobText(): Buffer {
    return printJob({
      kind: "service",
      resultQueue: this.#options.resultQueue,
      targetQueue: this.#options.queue,
      hostName: HOST_NAME,
      serviceDescription: Buffer.from(printToken(this.#token), "latin1"),
      coreTime: this.#world.nowMicros(),
      timeoutSeconds: Math.max(1, Math.ceil(this.#options.timeoutMs / 1000)),
      commandLine: Buffer.from(`/bin/echo ${this.#token.random}`, "latin1"),
      ...this.#sealed?.binding,
    });
  }

  get #leftMs(): number {
    return Math.max(1, Math.ceil(this.#startMs + this.#options.timeoutMs - this.#world.clock.monotonicMs()));
  }

  get #seconds(): string {
    return `${this.#options.timeoutMs / 1000}s`;
  }

  get #whyUnread(): string {
    return this.#sealed === undefined ? KEY_DIFFERS : NOT_SEALED;
  }

  get #queueName(): string {
    return inLine(this.#options.queue.toString("latin1"));
  }

  get #resultQueueName(): string {
    return inLine(this.#options.resultQueue.toString("latin1"));
  }
}

type JobEnd =
  | { readonly kind: "done" | "refused" | "unfinished" | "not-taken" }
  | { readonly kind: "broken"; readonly text: string };

const KEY_DIFFERS =
  "its key or its encryption setting differs from the one here, or it takes sealed jobs only (envelope=v2)";
const NOT_SEALED = "it has no key of this queue and epoch, or speaks the legacy form only";

function describeService(result: CheckResult): string {
  return result.serviceDescription?.toString("latin1") ?? "";
}

function critical(text: string): Verdict {
  return { state: "CRITICAL", text };
}
