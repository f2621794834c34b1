import type { ServerAddress } from "@mod-gearman/base";
import { ClientError } from "@mod-gearman/client";
import { CryptoError } from "@mod-gearman/crypto";
import type { CheckResult } from "@mod-gearman/payload";
import { type CheckEnd, CheckSealing, RemoteChecks, type SealingOptions } from "@mod-gearman/remote-check";
import { isPendingOther, printToken, type SelfTestToken } from "./self-test-token.ts";
import { askServer } from "./server-answer.ts";
import { failureText } from "./server-check.ts";
import { inLine, type Verdict } from "./verdict.ts";
import type { CheckWorld } from "./world.ts";

export { ownQueue } from "@mod-gearman/remote-check";

export interface SelfTestOptions extends SealingOptions {
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

const HOST_NAME = Buffer.from("check_gearman", "latin1");
const CLIENT_ID = Buffer.from("check_gearman self test", "latin1");
const SHOWN_BYTES = 200;

/**
 * Sends one harmless check (`/bin/echo` and a token) through key, queue, worker and result queue of a server, and names
 * the part that fails. Never rejects.
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
  #checks: RemoteChecks | undefined;

  constructor(options: SelfTestOptions, world: CheckWorld) {
    this.#options = options;
    this.#world = world;
    this.#startMs = world.clock.monotonicMs();
    this.#token = { madeAtSeconds: Number(world.nowMicros() / 1_000_000n), random: world.random() };
  }

  async run(): Promise<Verdict> {
    const { queue, server, resultQueue, dropResultQueue, timeoutMs } = this.#options;
    const sealing = new CheckSealing(this.#options, () => Number(this.#world.nowMicros() / 1000n));
    const answer = await askServer(server, timeoutMs, this.#world);
    if (answer.kind !== "status") return critical(failureText(answer, server));
    const found = answer.queues.find(({ name }) => name === queue.toString("latin1"));
    if (found === undefined || found.workers === 0)
      return critical(`no worker takes jobs of queue ${this.#queueName}`);
    this.#world.note(`queue ${this.#queueName}: ${found.workers} workers, ${found.waiting} jobs waiting`);
    const checks = new RemoteChecks(
      {
        ...{ server, resultQueue, sealing, timeoutMs, clientId: CLIENT_ID },
        keepsResultQueue: !dropResultQueue,
        isPendingOther: (result) => isPendingOther(describeService(result), this.#token),
      },
      this.#world,
    );
    this.#checks = checks;
    if (!(await checks.listen(this.#leftMs)))
      return critical(`no answer in time for the result queue ${inLine(resultQueue.toString("latin1"))}`);
    return this.#judge(await this.#send(checks));
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.#checks?.close();
  }

  #send(checks: RemoteChecks): Promise<CheckEnd> {
    const { queue, timeoutMs } = this.#options;
    return checks.run({
      queue,
      hostName: HOST_NAME,
      serviceDescription: Buffer.from(printToken(this.#token), "latin1"),
      commandLine: Buffer.from(`/bin/echo ${this.#token.random}`, "latin1"),
      timeoutSeconds: Math.max(1, Math.ceil(timeoutMs / 1000)),
      timeoutMs: this.#leftMs,
      onJobDone: () => this.#world.note("the worker has finished the job"),
    });
  }

  #judge(end: CheckEnd): Verdict {
    switch (end.kind) {
      case "result":
        return this.#judgeResult(end.result, end.sealedBy);
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
      case "no-result":
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
        return critical(`the job could not be sent: ${inLine(end.text)}`);
    }
  }

  #judgeResult(result: CheckResult, sealedBy: string | undefined): Verdict {
    const output = inLine(result.output.toString("latin1", 0, SHOWN_BYTES).trimEnd());
    const from = inLine(result.source?.toString("latin1", 0, SHOWN_BYTES) ?? "unnamed worker");
    if (result.returnCode !== 0) {
      return critical(`${from} ran the job, but it ended with code ${result.returnCode}: ${output}`);
    }
    if (!result.output.toString("latin1").includes(this.#token.random)) {
      return critical(`${from} sent a result with another text than the job printed: ${output}`);
    }
    const seconds = ((this.#world.clock.monotonicMs() - this.#startMs) / 1000).toFixed(3);
    const form =
      sealedBy === undefined
        ? "legacy form, worker not verified"
        : `job and result sealed (v2), worker verified as ${sealedBy}`;
    return {
      state: "OK",
      text: `self test of queue ${this.#queueName} passed in ${seconds}s, worker: ${from} (${form})`,
      perfdata: `'${this.#options.label}self_test_time'=${seconds}s;;;0 `,
    };
  }

  get #leftMs(): number {
    return Math.max(1, Math.ceil(this.#startMs + this.#options.timeoutMs - this.#world.clock.monotonicMs()));
  }

  get #seconds(): string {
    return `${this.#options.timeoutMs / 1000}s`;
  }

  get #whyUnread(): string {
    return this.#options.files === undefined ? KEY_DIFFERS : NOT_SEALED;
  }

  get #queueName(): string {
    return inLine(this.#options.queue.toString("latin1"));
  }
}

const KEY_DIFFERS =
  "its key or its encryption setting differs from the one here, or it takes sealed jobs only (envelope=v2)";
const NOT_SEALED = "it has no key of this queue and epoch, or speaks the legacy form only";

function describeService(result: CheckResult): string {
  return result.serviceDescription?.toString("latin1") ?? "";
}

function critical(text: string): Verdict {
  return { state: "CRITICAL", text };
}
