import { type Clock, Fifo, type Logger } from "@mod-gearman/base";
import type { AssignedJob } from "@mod-gearman/client";
import {
  type CryptoError,
  type Envelope,
  isSealedV2,
  type RefusalReason,
  refusalText,
} from "@mod-gearman/crypto";
import { type Refusals, rateLimited } from "@mod-gearman/observe";
import { type CheckResult, type Micros, parseCheckResult } from "@mod-gearman/payload";

import type { BridgeCounts } from "./bridge-counts.ts";
import type { BridgeEnvelope } from "./bridge-envelope.ts";
import { NO_TIMELINE } from "./check-timelines.ts";
import type { CoreLink } from "./link/core-link.ts";
import { isNameable, type ResultMessage, resultId, resultMessage } from "./result-message.ts";
import type { RevokedResult } from "./revoked-workers.ts";

interface Held {
  /** The job to complete; replaced when the server hands the same one out again. */
  job: Pick<AssignedJob, "connectionLost" | "complete" | "abandon">;
  readonly message: ResultMessage;
  readonly id: string;
  readonly timeline: number;
  readonly bytes: number;
  /** On the current connection; 0 if not sent. */
  seq: bigint;
  /** Time of sending there, milliseconds. */
  sentAt: number;
}

const NO_JOB = { connectionLost: false, complete: () => undefined, abandon: () => undefined };

const ACTIVE = 0;
const NO_TEXT = Buffer.alloc(0);
const NO_NAME = "a sender without name";
const LOG_EVERY_MS = 60_000;
/** As many as the shim remembers, so that no result is applied twice (docs/bridge-protocol.md). */
const MAX_REMEMBERED = 8192;
/** How long a job that was completed may come again; not longer, since a sender may use a key again for the same text. */
const REPEATED_MS = 1_800_000;
/** Jobs completed last: a job server that was lost may not have read it, and put them behind all others. More than it lets us hold. */
const LAST_COMPLETED = 256;

export interface ResultIntakeOptions {
  readonly clock: Clock;
  /** Time of day, for latencies. */
  readonly nowMicros: () => Micros;
  readonly logger: Logger;
  /** @returns number of its timeline; undefined if the core must not have it */
  readonly onResult: (result: CheckResult, message: ResultMessage) => number | undefined;
  /** A result of an active check waits for the core from now on. */
  readonly onHeld?: (message: ResultMessage) => void;
  /** The core has the result with this timeline. */
  readonly onApplied: (timeline: number) => void;
  /** Answer to the status request `check` (neb-module.md 3.4). */
  readonly status: () => Buffer;
  /** Called with false when held bytes exceed the limit, with true once they are below half of it. */
  readonly onCapacityChange: (isBelowLimit: boolean) => void;
  /** Limit of bytes of held results; above it no more jobs are grabbed. */
  readonly maxHeldBytes: number;
  readonly counts: BridgeCounts;
  readonly refusals: Refusals<RefusalReason>;
  /** A worker that was revoked has taken a job. */
  readonly onRevoked?: (result: RevokedResult) => void;
}

const STATUS_REQUEST = Buffer.from("check\0");

function isStatusRequest(data: Buffer): boolean {
  if (data.length > STATUS_REQUEST.length) return false;
  return data.equals(STATUS_REQUEST) || data.equals(STATUS_REQUEST.subarray(0, -1));
}

function sourceOf({ source }: CheckResult): string {
  return source?.toString("utf8", 0, 128) ?? NO_NAME;
}

/** @returns undefined for a text that is no result */
function resultOf(text: Buffer): CheckResult | undefined {
  try {
    return parseCheckResult(text);
  } catch {
    return undefined;
  }
}

/**
 * Takes result jobs, sends them to the shim in order and completes each job only when the shim reports that the core
 * has the result. Kept across connections on both sides: results that the core has not answered are sent again on its
 * next connection, also if the job server was lost meanwhile, because it may have lost the job; if it still has the job
 * and assigns it again, the result is recognised and not sent twice.
 */
export class ResultIntake {
  readonly #options: ResultIntakeOptions;
  readonly #logDiscarded: (text: string) => void;
  #link: CoreLink | undefined;
  /** Sent on the current connection, the oldest unanswered one first. */
  readonly #sent = new Fifo<Held>();
  /** Not sent on the current connection. */
  readonly #unsent = new Fifo<Held>();
  readonly #byId = new Map<string, Held>();
  /** Ids of results that the core has, but whose jobs could not be completed, with the time of that; oldest first. */
  readonly #uncompletedIds = new Map<string, number>();
  /** The same of the results whose jobs were completed last. */
  readonly #completedIds = new Fifo<readonly [id: string, atMs: number]>();
  #heldBytes = 0;
  #full = false;
  #window = 0;
  #nextSeq = 1n;
  discarded = 0;
  /** Of the last one, of the monotonic clock. */
  discardedAtMs: number | undefined;
  /** Jobs that were assigned again while their result was held. */
  repeated = 0;

  constructor(options: ResultIntakeOptions) {
    this.#options = options;
    const { clock, logger } = options;
    this.#logDiscarded = rateLimited(
      (text) => logger.error(text),
      LOG_EVERY_MS,
      () => clock.monotonicMs(),
    );
  }

  /** Not answered by the core yet. */
  get held(): number {
    return this.#sent.length + this.#unsent.length;
  }

  /** Those of active checks. */
  *heldMessages(): Generator<ResultMessage> {
    for (const { message } of this.#byId.values()) if (message.check_type === ACTIVE) yield message;
  }

  /** True while held bytes are below the limit. */
  get isBelowLimit(): boolean {
    return !this.#full;
  }

  attach(link: CoreLink, window: number): void {
    this.#link = link;
    this.#window = window;
    this.#nextSeq = 1n;
    this.#unsent.unshiftAll(this.#sent.takeAll());
    this.#pump();
  }

  detach(): void {
    this.#link = undefined;
  }

  setWindow(window: number): void {
    this.#window = window;
    this.#pump();
  }

  onDrain(): void {
    this.#pump();
  }

  /**
   * Result jobs that arrived together, which are opened together.
   *
   * @param envelope of the configuration with which they were grabbed
   * @param sealed version 2 of the same; absent in the legacy form
   */
  onJobs(jobs: readonly AssignedJob[], envelope: Envelope, sealed?: BridgeEnvelope): void {
    const results = jobs.filter((job) => !this.#isStatusRequest(job));
    const now = this.#options.nowMicros();
    if (sealed === undefined) {
      const texts = envelope.openAll(results.map(({ data }) => data));
      for (const [at, text] of texts.entries()) this.#take(results[at] as AssignedJob, text, now);
    } else for (const job of results) this.#takeEither(job, envelope, sealed, now);
    this.#pump();
  }

  /** A status request is answered. */
  #isStatusRequest(job: AssignedJob): boolean {
    if (!isStatusRequest(job.data)) return false;
    job.complete(this.#options.status());
    return true;
  }

  #takeEither(job: AssignedJob, envelope: Envelope, sealed: BridgeEnvelope, now: Micros): void {
    if (!isSealedV2(job.data)) {
      const [text = NO_TEXT] = sealed.takesLegacy ? envelope.openAll([job.data]) : [];
      if (sealed.takesLegacy) this.#take(job, text, now, (result) => sealed.admitLegacy(result));
      else this.#refuse(job, "NOT_SEALED_V2", NO_NAME);
      return;
    }
    const opened = sealed.open(job.data);
    const { header } = opened;
    const who = (): string => (header === undefined ? NO_NAME : sealed.nameOf(header.keyId));
    // nothing proves the header of a refused one: it may have the name of a worker that is to be blamed
    if ("refused" in opened) {
      const revoked = opened.refused === "REVOKED" ? sealed.revokedResult(job.data) : undefined;
      this.#refuse(
        job,
        opened.refused,
        header === undefined ? NO_NAME : `a sender that calls itself ${who()}`,
      );
      if (revoked !== undefined) this.#options.onRevoked?.(revoked);
    } else this.#take(job, opened.text, now, (result) => sealed.admit(result, opened), who);
  }

  /**
   * @param refusalOf checks whether the result may be taken at all
   * @param who tells who sealed it in version 2; absent in the legacy form
   */
  #take(
    job: AssignedJob,
    text: Buffer | CryptoError,
    now: Micros,
    refusalOf: (result: CheckResult) => RefusalReason | undefined = () => undefined,
    who?: () => string,
  ): void {
    const idBytes = resultId(job);
    const id = idBytes.toString("latin1");
    if (this.#isRepeated(job, id)) return;
    const result = Buffer.isBuffer(text) ? resultOf(text) : undefined;
    if (result === undefined || !isNameable(result)) {
      if (who === undefined) this.#discard(job);
      else this.#refuse(job, "MALFORMED", who());
      return;
    }
    const refusal = refusalOf(result);
    if (refusal !== undefined) {
      this.#refuse(job, refusal, who === undefined ? sourceOf(result) : who());
      return;
    }
    const message = resultMessage(idBytes, result, now);
    const timeline = this.#options.onResult(result, message);
    if (timeline === undefined) job.complete();
    else this.#hold({ job, message, id, timeline, bytes: job.data.length, seq: 0n, sentAt: 0 });
  }

  /** A result of the bridge's own, without a job to complete. */
  add(message: ResultMessage): void {
    const id = message.result_id.toString("latin1");
    const bytes = message.output.length;
    this.#hold({ job: NO_JOB, message, id, timeline: NO_TIMELINE, bytes, seq: 0n, sentAt: 0 });
    this.#pump();
  }

  /** The core has result `seq` and all earlier ones. */
  onDone(seq: bigint): void {
    const { clock, counts, onApplied } = this.#options;
    const now = clock.monotonicMs();
    for (let held = this.#sent.first; held !== undefined && held.seq <= seq; held = this.#sent.first) {
      this.#sent.shift();
      counts.applyTime.add(now - held.sentAt);
      onApplied(held.timeline);
      this.#forget(held);
      if (held.job.connectionLost) this.#remember(held.id, now);
      this.#complete(held.job, held.id, now);
    }
    this.#pump();
  }

  #complete(job: Pick<AssignedJob, "complete">, id: string, nowMs: number): void {
    job.complete();
    this.#completedIds.push([id, nowMs]);
    if (this.#completedIds.length > LAST_COMPLETED) this.#completedIds.shift();
  }

  /** A connection that brings results was lost. What was written last may not have arrived. */
  connectionLost(): void {
    for (const [id, atMs] of this.#completedIds.takeAll()) this.#remember(id, atMs);
  }

  #hold(held: Held): void {
    this.#byId.set(held.id, held);
    if (held.message.check_type === ACTIVE) this.#options.onHeld?.(held.message);
    this.#unsent.push(held);
    this.#addBytes(held.bytes);
  }

  /** Whether this is a job whose result is held or delivered already; its connection had been lost. */
  #isRepeated(job: AssignedJob, id: string): boolean {
    const completedAtMs = this.#uncompletedIds.get(id);
    const nowMs = completedAtMs === undefined ? 0 : this.#options.clock.monotonicMs();
    if (completedAtMs !== undefined) this.#uncompletedIds.delete(id);
    if (completedAtMs !== undefined && nowMs - completedAtMs < REPEATED_MS) {
      this.repeated += 1;
      this.#complete(job, id, nowMs);
      return true;
    }
    const held = this.#byId.get(id);
    if (held === undefined || !held.job.connectionLost) return false;
    this.repeated += 1;
    held.job.abandon(); // sends nothing, only frees its capacity
    held.job = job;
    return true;
  }

  #remember(id: string, atMs: number): void {
    this.#uncompletedIds.delete(id);
    this.#uncompletedIds.set(id, atMs);
    if (this.#uncompletedIds.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#uncompletedIds.keys();
    if (oldest !== undefined) this.#uncompletedIds.delete(oldest);
  }

  #forget(held: Held): void {
    if (this.#byId.get(held.id) === held) this.#byId.delete(held.id);
    this.#addBytes(-held.bytes);
  }

  #addBytes(bytes: number): void {
    const { maxHeldBytes, onCapacityChange } = this.#options;
    this.#heldBytes += bytes;
    const full = this.#full ? this.#heldBytes > maxHeldBytes / 2 : this.#heldBytes > maxHeldBytes;
    if (full === this.#full) return;
    this.#full = full;
    onCapacityChange(!full);
  }

  #refuse(job: AssignedJob, reason: RefusalReason, who: string): void {
    this.#options.refusals.refused(reason, refusalText(reason), who);
    job.fail();
  }

  #discard(job: AssignedJob): void {
    this.discarded += 1;
    this.discardedAtMs = this.#options.clock.monotonicMs();
    const handle = job.handle.toString("latin1", 0, 64);
    this.#logDiscarded(`discarded invalid job (${handle}), check your encryption settings`);
    job.fail();
  }

  #pump(): void {
    const link = this.#link;
    if (link === undefined) return;
    const now = this.#options.clock.monotonicMs();
    while (this.#sent.length < this.#window && link.isWritable) {
      const held = this.#unsent.first;
      if (held === undefined || !link.send({ ...held.message, seq: this.#nextSeq })) return;
      held.seq = this.#nextSeq;
      held.sentAt = now;
      this.#nextSeq += 1n;
      this.#unsent.shift();
      this.#sent.push(held);
    }
  }
}
