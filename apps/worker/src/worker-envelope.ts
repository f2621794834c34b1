import { randomBytes } from "node:crypto";
import type { WorkerOptions } from "@mod-gearman/config";
import {
  type EnvelopeHeader,
  type EnvelopeKey,
  EnvelopeOpener,
  EnvelopeSealer,
  envelopeKey,
  type IdentityKeys,
  identityId,
  isSealedV2,
  type MakeMessageCipher,
  OwnKeys,
  parseEnrolAnswer,
  parseIdentityFile,
  type RefusalReason,
  refusalText,
} from "@mod-gearman/crypto";
import { type Micros, type ParsedJob, PayloadError, parseJob } from "@mod-gearman/payload";
import type { ReadJob } from "./read-job.ts";

/** Longest text of a job: a command line and two texts of a notification of 10 MiB each. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024;
/** Longest text of a notice. */
const MAX_NOTICE_BYTES = 1024;

/** A job that must not be run, as nothing proves that the bridge made it for this queue and time. */
export class RefusedJob extends Error {
  override readonly name: string = "RefusedJob";
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super(refusalText(reason));
    this.reason = reason;
  }
}

/** Version 2 of the envelope in a worker. Source: envelope-v2.md. */
export class WorkerEnvelope {
  #identity: IdentityKeys;
  #keys: OwnKeys;
  readonly #takesLegacy: boolean;
  readonly #opener: EnvelopeOpener;
  readonly #sealer: EnvelopeSealer;
  /** Of messages that the bridge sends unasked. */
  readonly #notices: EnvelopeOpener;
  /** Of this run, in its results. */
  readonly #bootId = randomBytes(16);

  /**
   * @param nowMicros time of day
   * @param messageCipher absent: that of `node:crypto`
   * @returns undefined in the legacy form
   * @throws KeyFileError for a content that the loader would have refused
   */
  static of(
    { envelope, identityFile }: Pick<WorkerOptions, "envelope" | "identityFile">,
    nowMicros: () => Micros,
    messageCipher?: () => MakeMessageCipher | undefined,
  ): WorkerEnvelope | undefined {
    if (identityFile === undefined) return undefined;
    const identity = parseIdentityFile(identityFile);
    return new WorkerEnvelope(identity, envelope === "both", nowMicros, messageCipher?.());
  }

  private constructor(
    identity: IdentityKeys,
    takesLegacy: boolean,
    nowMicros: () => Micros,
    makeCipher: MakeMessageCipher | undefined,
  ) {
    this.#identity = identity;
    this.#keys = new OwnKeys(identity);
    this.#takesLegacy = takesLegacy;
    const keys = { find: (header: EnvelopeHeader) => this.#keys.find(header) };
    this.#opener = new EnvelopeOpener({ direction: "job", keys, maxTextBytes: MAX_TEXT_BYTES, makeCipher });
    this.#notices = new EnvelopeOpener({
      direction: "enrol-answer",
      keys: { find: (header) => this.#noticeKey(header) },
      maxTextBytes: MAX_NOTICE_BYTES,
    });
    this.#sealer = new EnvelopeSealer({
      bootId: this.#bootId,
      nowMs: () => Number(nowMicros() / 1000n),
      makeCipher,
    });
  }

  /** From now on these keys of the same worker count. Results are sealed under its newest one. */
  useKeys(identity: IdentityKeys): void {
    this.#identity = identity;
    this.#keys = new OwnKeys(identity);
  }

  /** Name and keys, as in the file. */
  get identity(): IdentityKeys {
    return this.#identity;
  }

  /** Whether jobs in the legacy form are taken too. */
  get takesLegacy(): boolean {
    return this.#takesLegacy;
  }

  /** Of this worker, from its file. */
  get name(): string {
    return this.#keys.name;
  }

  /** Queues of a worker for which it has no key. */
  missing(queues: readonly Buffer[]): Buffer[] {
    return queues.filter((queue) => !this.#keys.canOpen(queue));
  }

  /**
   * Reads a job.
   *
   * @param queue that it came from
   * @param now time of day
   * @param limit ARG_MAX
   * @returns undefined for a job in the legacy form that may be taken
   * @throws RefusedJob
   */
  read(data: Buffer, queue: Buffer, now: Micros, limit: number): ReadJob | undefined {
    if (!isSealedV2(data)) {
      if (this.#takesLegacy) return undefined;
      throw new RefusedJob("NOT_SEALED_V2");
    }
    const opened = this.#opener.open(data, queue);
    if ("refused" in opened) throw new RefusedJob(opened.refused);
    const job = jobOf(opened.text);
    const { deadline, commandLine } = job;
    const needsId = job.resultQueue !== undefined && job.hostName !== undefined;
    if (deadline === undefined || (needsId && job.jobId === undefined)) throw new RefusedJob("MALFORMED");
    if (now > deadline) throw new RefusedJob("OUT_OF_TIME");
    const { keyId, bootId, counter } = opened.header;
    const token = { key: keyId.toString("latin1"), run: bootId.toString("latin1"), counter };
    if (commandLine.length <= limit) return { job, sealed: this, token };
    const refused = `job of ${opened.text.length} bytes is too long, this system takes command lines of ${limit}`;
    return { job, sealed: this, token, refused };
  }

  /**
   * Whether a message on the status queue says that this run of this worker is revoked. It names the run, so that one for a former
   * run, sent again, says nothing. Source: envelope-v2.md 14.
   */
  isRevocation(message: Buffer, queue: Buffer): boolean {
    const opened = this.#notices.open(message, queue);
    const answer = "refused" in opened ? undefined : parseEnrolAnswer(opened.text);
    return answer?.status === "REVOKED" && answer.request.startsWith(`${this.#bootId.toString("hex")} `);
  }

  #noticeKey({ epoch, keyId }: EnvelopeHeader): EnvelopeKey | "UNKNOWN_KEY" {
    const { name, own } = this.#identity;
    const id = identityId(Buffer.from(name, "latin1"));
    const secret = id.equals(keyId) ? own.find((one) => one.epoch === epoch)?.secret : undefined;
    return secret === undefined
      ? "UNKNOWN_KEY"
      : envelopeKey({ direction: "enrol-answer", epoch, id, secret });
  }

  /** The payload of a result whose job was sealed. */
  seal(queue: Buffer, text: Buffer): Buffer {
    return this.#sealer.seal(this.#keys.own, queue, text);
  }
}

/** @throws RefusedJob for a text that is no job */
function jobOf(text: Buffer): ParsedJob {
  try {
    return parseJob(text);
  } catch (error) {
    throw error instanceof PayloadError ? new RefusedJob("MALFORMED") : error;
  }
}
