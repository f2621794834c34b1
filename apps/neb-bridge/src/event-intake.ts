import { type Clock, type Logger, oneLine } from "@mod-gearman/base";
import { ClientError, type SubmittedJob } from "@mod-gearman/client";
import type { ModuleOptions } from "@mod-gearman/config";
import { rateLimited } from "@mod-gearman/observe";
import type { Micros } from "@mod-gearman/payload";

import type { BridgeCounts } from "./bridge-counts.ts";
import type { HandlerMemory } from "./handler-memory.ts";
import { jobLine, queueLine } from "./job-lines.ts";
import {
  type CheckEvent,
  isCheck,
  isRecord,
  type PlainJob,
  plainJobOf,
  type RecordEvent,
  recordJobsOf,
  UnusableEvent,
} from "./jobs.ts";
import { EventAnswers } from "./link/answers.ts";
import type { CoreEvent, CoreLink } from "./link/core-link.ts";
import { objectKey } from "./object-key.ts";
import type { Claim, OutstandingChecks } from "./outstanding.ts";
import type { ServerPool } from "./server-pool.ts";
import type { SubmissionStatistics } from "./statistics.ts";

const RETRY_MS = 1000;
const LOG_EVERY_MS = 60_000;
const MAX_TEXT = 500;

/** Dependencies of a submission; replaced as a whole when the configuration changes. */
interface SubmitPath {
  readonly options: ModuleOptions;
  submit(job: PlainJob): Promise<SubmittedJob>;
  readonly client: Pick<ServerPool, "whenToRetry">;
}

export interface EventIntakeOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** @throws if there is no usable configuration */
  readonly path: () => SubmitPath;
  readonly outstanding: OutstandingChecks;
  readonly handlers: HandlerMemory;
  /** May give an event another queue. */
  readonly route: (event: CoreEvent) => CoreEvent;
  readonly statistics: SubmissionStatistics;
  readonly counts: BridgeCounts;
  /** Time of day, for the lines of `debug`. */
  readonly nowMicros: () => Micros;
  /** A check not on a job server after this time is returned to the core, milliseconds. */
  readonly checkAgeMs: number;
  /** The same limit for an event handler; longer, because it would be lost. */
  readonly handlerAgeMs: number;
  /**
   * Limit of answers that wait for an older event; above it failed events are not retried: otherwise the core's window
   * would be used up by answered events, and no further event would arrive.
   */
  readonly maxHeldBack: number;
}

/** One job on its way to a job server. */
interface Submission {
  readonly event: CoreEvent;
  readonly plain: PlainJob;
  /** Looked up at each attempt. */
  readonly path: () => SubmitPath;
  readonly ageMs: number;
  /** Of a check. */
  readonly claim?: Claim;
}

/** A retry cannot succeed: the request itself is refused. */
function isFinal(error: unknown): boolean {
  return error instanceof UnusableEvent || (error instanceof ClientError && error.code === "BAD_ARGUMENT");
}

/** A job that was sent may be on that server although nothing came back. */
function noteFailure(error: unknown, claim: Claim | undefined): void {
  if (claim === undefined || !(error instanceof ClientError)) return;
  claim.doubled ||= error.phase === "submitting";
}

const isClosed = (error: unknown): boolean => error instanceof ClientError && error.code === "CLOSED";

/**
 * Takes the events of one connection, submits each to a job server, answers each exactly once. The configuration cannot
 * change meanwhile, because only a new connection has a new one; events still waiting then are rejected.
 */
export class EventIntake {
  readonly #link: CoreLink;
  /** Identifies the connection in the memory of event handlers, which is kept longer. */
  readonly #connection = Symbol("connection");
  readonly #options: EventIntakeOptions;
  readonly #answers: EventAnswers;
  readonly #logUnusable: (text: string) => void;
  readonly #logFailed: (text: string) => void;
  #flushAsked = false;
  #recordsWaiting = 0;
  #onRecordsDone: () => void = () => {};
  /** Events received and not yet answered. */
  waiting = 0;

  constructor(link: CoreLink, options: EventIntakeOptions) {
    const { clock, logger } = options;
    this.#link = link;
    this.#options = options;
    this.#answers = new EventAnswers((seq) => link.send({ name: "EVENT_DONE", seq }));
    const limited = (): ((text: string) => void) =>
      rateLimited(
        (text) => logger.error(text),
        LOG_EVERY_MS,
        () => clock.monotonicMs(),
      );
    this.#logUnusable = limited();
    this.#logFailed = limited();
  }

  take(event: CoreEvent): void {
    this.waiting += 1;
    this.#handOver(event).then(
      () => this.#done(event),
      (error: unknown) => this.#rejected(event, error),
    );
  }

  async #handOver(given: CoreEvent): Promise<void> {
    const event = this.#options.route(given);
    const { handlers, handlerAgeMs, logger, outstanding } = this.#options;
    const path = this.#options.path();
    const queueReason = logger.isEnabled("trace") ? queueLine(event) : undefined;
    if (queueReason !== undefined) logger.trace(queueReason);
    if (isRecord(event)) return this.#handOverRecord(event, path);
    const plain = plainJobOf(event, path.options, (unique, key) => outstanding.isTaken(unique, key));
    if (isCheck(event)) await this.#handOverCheck(event, plain, path);
    else
      await handlers.once(event, this.#connection, () =>
        this.#submit({ event, plain, path: () => path, ageMs: handlerAgeMs }).then(() => {}),
      );
  }

  async #handOverCheck(event: CheckEvent, plain: PlainJob, path: SubmitPath): Promise<void> {
    const { outstanding, checkAgeMs } = this.#options;
    const submission = { event, plain, path: () => path, ageMs: checkAgeMs };
    if (path.options.resultWorkers === 0) {
      await this.#submit(submission); // its result does not arrive here, so it is not tracked
      return;
    }
    const service = event.name === "SERVICE_CHECK" ? event.service_description : undefined;
    // Claimed before it is sent: the result may arrive before the acknowledgement, which uses another connection.
    const claim = outstanding.claim(objectKey(event.host_name, service), plain.unique.toString("latin1"));
    try {
      const { handle, server } = await this.#submit({ ...submission, claim });
      const timeoutMs = event.timeout * 1000;
      outstanding.accept(claim, { handle, server, timeoutMs, coreTime: event.core_time, plain });
    } catch (error) {
      outstanding.release(claim);
      throw error;
    }
  }

  /** What a core leaves behind when it ends or is reloaded may be submitted under a later configuration. */
  async #handOverRecord(event: RecordEvent, { options }: SubmitPath): Promise<void> {
    const { handlerAgeMs: ageMs, path } = this.#options;
    const jobs = recordJobsOf(event, options);
    this.#recordsWaiting += 1;
    try {
      await Promise.all(jobs.map((plain) => this.#submit({ event, plain, path, ageMs })));
    } finally {
      this.#recordsWaiting -= 1;
      if (this.#recordsWaiting === 0) this.#onRecordsDone();
    }
  }

  get hasRecords(): boolean {
    return this.#recordsWaiting > 0;
  }

  /** Resolves once no performance data and no export waits for a job server. For one caller. */
  recordsDone(): Promise<void> {
    if (!this.hasRecords) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onRecordsDone = resolve;
    });
  }

  /**
   * Tries, on one server after the other, until the job is acknowledged, the event is too old, or nothing is wanted of it
   * any more.
   */
  async #submit(submission: Submission): Promise<SubmittedJob> {
    const { event, plain } = submission;
    const { clock, counts, logger, nowMicros, statistics } = this.#options;
    const startedAt = clock.monotonicMs();
    const arrivedAt = logger.isEnabled("debug") ? nowMicros() : undefined;
    for (let attemptedAt = startedAt; ; attemptedAt = clock.monotonicMs()) {
      const path = submission.path();
      try {
        const job = await path.submit(plain);
        const now = clock.monotonicMs();
        statistics.attempted(now - attemptedAt, true, now);
        counts.jobSubmitted(event, plain.queue, now - startedAt);
        if (arrivedAt !== undefined) logger.debug(jobLine(event, plain, job.handle, arrivedAt));
        return job;
      } catch (error) {
        const now = clock.monotonicMs();
        if (!isFinal(error)) statistics.attempted(now - attemptedAt, false, now);
        if (!this.#mayRetry(error, submission, path, startedAt)) throw error;
        noteFailure(error, submission.claim);
        await path.client.whenToRetry(error);
      }
      if (!this.#isWanted(event)) throw new Error("the core is gone");
    }
  }

  /** Without a core no answer is needed: it releases or repeats its events itself. One that has ended repeats no record. */
  #isWanted(event: CoreEvent): boolean {
    return this.#link.open || (isRecord(event) && this.#link.saidBye);
  }

  #mayRetry(error: unknown, submission: Submission, tried: SubmitPath, startedAt: number): boolean {
    const { event, ageMs } = submission;
    if (isFinal(error) || !this.#isWanted(event)) return false;
    // A closed client without a successor: this program ends.
    if (isRecord(event) && isClosed(error) && submission.path().client === tried.client) return false;
    if (this.#answers.heldBack >= this.#options.maxHeldBack) return false;
    return this.#options.clock.monotonicMs() + RETRY_MS <= startedAt + ageMs;
  }

  #done(event: CoreEvent): void {
    this.waiting -= 1;
    this.#answers.done(event.seq);
    this.#flushSoon();
  }

  #rejected(event: CoreEvent, error: unknown): void {
    this.waiting -= 1;
    if (!this.#isWanted(event)) return; // not reported: the core has released the event
    this.#options.counts.jobFailed(event);
    const why = oneLine(error instanceof Error ? error.message : String(error), MAX_TEXT);
    if (error instanceof UnusableEvent) this.#logUnusable(why);
    else this.#logFailed(`sending job to gearmand failed: ${why}`);
    this.#link.send({ name: "EVENT_REJECTED", seq: event.seq, text: Buffer.from(why) });
    this.#answers.rejected(event.seq);
    this.#flushSoon();
  }

  /** Many acknowledgements arrive in one chunk; one EVENT_DONE answers them all. */
  #flushSoon(): void {
    if (this.#flushAsked) return;
    this.#flushAsked = true;
    setImmediate(() => {
      this.#flushAsked = false;
      this.#answers.flush();
    });
  }
}
