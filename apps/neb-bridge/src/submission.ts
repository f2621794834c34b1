import type { Clock, Logger, ServerAddress } from "@mod-gearman/base";
import { ClientError, type SubmitOutcome } from "@mod-gearman/client";
import type { ModuleOptions } from "@mod-gearman/config";
import type { Micros } from "@mod-gearman/payload";

import type { BridgeCounts } from "./bridge-counts.ts";
import { jobLine } from "./job-lines.ts";
import { isCheck, type JobBinder, type PlainJob, UnusableEvent } from "./jobs.ts";
import type { CoreEvent } from "./link/core-link.ts";
import type { ServerPool } from "./server-pool.ts";
import type { SubmissionStatistics } from "./statistics.ts";

const RETRY_MS = 1000;

/** Dependencies of a submission; replaced as a whole when the configuration changes. */
export interface SubmitPath {
  readonly options: ModuleOptions;
  track(job: PlainJob, outcome: SubmitOutcome): void;
  readonly client: Pick<ServerPool, "whenToRetry">;
  /** Absent: all jobs are in the legacy form. */
  readonly binder?: JobBinder | undefined;
}

/** Shared by the submissions of one connection to a core. */
export interface SubmissionContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly statistics: SubmissionStatistics;
  readonly counts: BridgeCounts;
  /** Time of day, for the lines of `debug`. */
  readonly nowMicros: () => Micros;
  /** Whether anything is still wanted of an event. */
  isWanted(event: CoreEvent): boolean;
  /** False while too many answers wait for an older event. */
  mayRetry(): boolean;
}

/** A retry cannot succeed: the request itself is refused. */
function isFinal(error: unknown): boolean {
  return error instanceof UnusableEvent || (error instanceof ClientError && error.code === "BAD_ARGUMENT");
}

const isClosed = (error: unknown): boolean => error instanceof ClientError && error.code === "CLOSED";

/**
 * One job on its way: tried on one server after the other until it is acknowledged, the event is too old, or nothing is
 * wanted of it any more. Made for each check, so it has no promise and no closure.
 */
export abstract class Submission implements SubmitOutcome {
  readonly event: CoreEvent;
  readonly plain: PlainJob;
  readonly #context: SubmissionContext;
  readonly #path: () => SubmitPath;
  readonly #ageMs: number;
  readonly #startedAt: number;
  readonly #arrivedAt: Micros | undefined;
  #attemptedAt: number;
  #tried: SubmitPath | undefined;

  /** @param path looked up at each attempt @param ageMs how long it may take */
  constructor(
    context: SubmissionContext,
    event: CoreEvent,
    plain: PlainJob,
    path: () => SubmitPath,
    ageMs: number,
  ) {
    this.#context = context;
    this.event = event;
    this.plain = plain;
    this.#path = path;
    this.#ageMs = ageMs;
    this.#startedAt = this.#attemptedAt = context.clock.monotonicMs();
    this.#arrivedAt = context.logger.isEnabled("debug") ? context.nowMicros() : undefined;
  }

  /** A job server has it. */
  protected abstract succeeded(handle: Buffer, server: ServerAddress): void;
  /** It is given up. */
  protected abstract failed(error: unknown): void;
  /** An attempt has failed, and another one follows. */
  protected attemptFailed(_error: unknown): void {}

  start(): void {
    try {
      this.#tried = this.#path();
      this.#tried.track(this.plain, this);
    } catch (error) {
      this.failed(error);
    }
  }

  accepted(bytes: Buffer, start: number, end: number, server: ServerAddress): void {
    const { clock, counts, logger, statistics } = this.#context;
    const now = clock.monotonicMs();
    statistics.attempted(now - this.#attemptedAt, true, now);
    counts.jobSubmitted(this.event, this.plain.queue, now - this.#startedAt);
    const handle = bytes.subarray(start, end);
    const line =
      this.#arrivedAt === undefined ? undefined : jobLine(this.event, this.plain, handle, this.#arrivedAt);
    if (line !== undefined) logger.debug(line);
    this.succeeded(handle, server);
  }

  refused(error: ClientError): void {
    const { clock, statistics } = this.#context;
    const now = clock.monotonicMs();
    if (!isFinal(error)) statistics.attempted(now - this.#attemptedAt, false, now);
    if (this.#mayRetry(error, now)) {
      this.attemptFailed(error);
      void this.#tried?.client.whenToRetry(error).then(() => this.#again());
    } else this.failed(error);
  }

  #again(): void {
    if (!this.#context.isWanted(this.event)) {
      this.failed(new Error("the core is gone"));
      return;
    }
    this.#attemptedAt = this.#context.clock.monotonicMs();
    this.start();
  }

  #mayRetry(error: unknown, now: number): boolean {
    const { event } = this;
    if (isFinal(error) || !this.#context.isWanted(event)) return false;
    // A closed client without a successor: this program ends.
    if (!isCheck(event) && isClosed(error) && this.#path().client === this.#tried?.client) return false;
    return this.#context.mayRetry() && now + RETRY_MS <= this.#startedAt + this.#ageMs;
  }
}

/** A submission with a promise. */
export class AwaitedSubmission extends Submission {
  readonly #done: PromiseWithResolvers<void> = Promise.withResolvers<void>();

  /** Resolves when a job server has the job. */
  submit(): Promise<void> {
    this.start();
    return this.#done.promise;
  }

  protected override succeeded(): void {
    this.#done.resolve();
  }

  protected override failed(error: unknown): void {
    this.#done.reject(error);
  }
}
