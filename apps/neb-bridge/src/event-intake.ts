import { type Clock, type Logger, oneLine } from "@mod-gearman/base";
import { type RateLimited, rateLimited } from "@mod-gearman/observe";
import type { Micros } from "@mod-gearman/payload";

import type { BridgeCounts } from "./bridge-counts.ts";
import { CheckSubmission, type CheckSubmissionContext } from "./check-submission.ts";
import type { CommandMemory } from "./command-memory.ts";
import type { HandlerMemory } from "./handler-memory.ts";
import { queueLine } from "./job-lines.ts";
import {
  type CheckEvent,
  isCheck,
  isRecord,
  type OnceEvent,
  type PlainJob,
  plainJobOf,
  type RecordEvent,
  recordJobsOf,
  UnusableEvent,
} from "./jobs.ts";
import { EventAnswers } from "./link/answers.ts";
import type { CoreEvent, CoreLink } from "./link/core-link.ts";
import { shown } from "./log-text.ts";
import { objectKey } from "./object-key.ts";
import type { OutstandingChecks } from "./outstanding.ts";
import type { SubmissionStatistics } from "./statistics.ts";
import { AwaitedSubmission, type SubmitPath } from "./submission.ts";

const LOG_EVERY_MS = 60_000;
const MAX_TEXT = 500;

export interface EventIntakeOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** @throws if there is no usable configuration */
  readonly path: () => SubmitPath;
  readonly outstanding: OutstandingChecks;
  readonly flights: CheckSubmissionContext["flights"];
  readonly commands: Pick<CommandMemory, "keep">;
  readonly handlers: HandlerMemory;
  /** May give an event another queue. */
  readonly route: (event: CoreEvent) => CoreEvent;
  readonly statistics: SubmissionStatistics;
  readonly counts: BridgeCounts;
  /** Performance data or an export is given up. */
  readonly onRecordDropped: () => void;
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

/**
 * Takes the events of one connection, submits each to a job server, answers each exactly once. Checks that still wait when the
 * connection ends are given up, since the core plans them again. Everything else goes on after the core has said BYE, with the
 * configuration of its next connection.
 */
export class EventIntake {
  readonly #link: CoreLink;
  /** Identifies the connection in the memory of event handlers, which is kept longer. */
  readonly #connection = Symbol("connection");
  readonly #options: EventIntakeOptions;
  readonly #context: CheckSubmissionContext;
  readonly #answers: EventAnswers;
  readonly #logUnusable: RateLimited;
  readonly #logFailed: RateLimited;
  readonly #isTaken: (unique: string, key: string) => boolean;
  #flushAsked = false;
  #closed = false;
  /** Events other than checks that are on no job server yet. */
  #unfinished = 0;
  #onFinished: () => void = () => {};
  /** Events received and not yet answered. */
  waiting = 0;

  constructor(link: CoreLink, options: EventIntakeOptions) {
    const { clock, logger, outstanding } = options;
    this.#link = link;
    this.#options = options;
    this.#context = {
      ...options,
      isWanted: (event) => this.#isWanted(event),
      mayRetry: () => this.#answers.heldBack < options.maxHeldBack,
      onDone: (event) => this.#done(event),
      onFailed: (event, error) => this.#rejected(event, error),
    };
    this.#isTaken = (unique, key) => outstanding.isTaken(unique, key);
    this.#answers = new EventAnswers((seq) => link.send({ name: "EVENT_DONE", seq }));
    const limited = (): RateLimited =>
      rateLimited(
        (text) => logger.error(text),
        LOG_EVERY_MS,
        () => clock.monotonicMs(),
        (run, delayMs) => {
          const timer = this.#closed ? undefined : clock.setTimeout(run, delayMs);
          return () => timer !== undefined && clock.clearTimeout(timer);
        },
      );
    this.#logUnusable = limited();
    this.#logFailed = limited();
  }

  /** The connection has ended: lines that were held back are written. */
  close(): void {
    this.#closed = true;
    this.#logUnusable.flush();
    this.#logFailed.flush();
  }

  take(given: CoreEvent): void {
    this.waiting += 1;
    try {
      this.#handOver(given);
    } catch (error) {
      this.#rejected(given, error);
    }
  }

  /** @throws UnusableEvent; Error without a usable configuration */
  #handOver(given: CoreEvent): void {
    const event = this.#options.route(given);
    const { handlers, logger } = this.#options;
    const path = this.#options.path();
    const queueReason = logger.isEnabled("trace") ? queueLine(event) : undefined;
    if (queueReason !== undefined) logger.trace(queueReason);
    if (isRecord(event)) this.#answer(event, this.#submitAll(event, recordJobsOf(event, path.options)));
    else if (isCheck(event)) this.#handOverCheck(event, path);
    else {
      const plain = plainJobOf(event, path.options, this.#isTaken, undefined, path.binder);
      const submit = (): Promise<void> => this.#submitAll(event, [plain]);
      this.#answer(event, handlers.once(event, this.#connection, submit));
    }
  }

  #answer(event: CoreEvent, handedOver: Promise<void>): void {
    handedOver.then(
      () => this.#done(event),
      (error: unknown) => this.#rejected(event, error),
    );
  }

  #handOverCheck(event: CheckEvent, path: SubmitPath): void {
    const { outstanding, checkAgeMs } = this.#options;
    const service = event.name === "SERVICE_CHECK" ? event.service_description : undefined;
    const key = objectKey(event.host_name, service);
    const plain = plainJobOf(event, path.options, this.#isTaken, key, path.binder);
    // Without result workers its result does not arrive here, so it is not tracked.
    const claim =
      path.options.resultWorkers === 0
        ? undefined
        : outstanding.claim(key, plain.unique.toString("latin1"), event);
    new CheckSubmission(this.#context, event, plain, () => path, checkAgeMs, key, claim).start();
  }

  /** What a core leaves behind when it ends or is reloaded may be submitted under a later configuration. */
  async #submitAll(event: OnceEvent | RecordEvent, jobs: readonly PlainJob[]): Promise<void> {
    const { handlerAgeMs, path } = this.#options;
    this.#unfinished += 1;
    try {
      await Promise.all(
        jobs.map((plain) => new AwaitedSubmission(this.#context, event, plain, path, handlerAgeMs).submit()),
      );
    } finally {
      this.#unfinished -= 1;
      if (this.#unfinished === 0) this.#onFinished();
    }
  }

  /** Whether an event other than a check waits for a job server. */
  get isUnfinished(): boolean {
    return this.#unfinished > 0;
  }

  /** Resolves once none does. For one caller. */
  finished(): Promise<void> {
    if (!this.isUnfinished) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onFinished = resolve;
    });
  }

  /** Without a core no answer is needed: it releases or repeats its events itself. One that has said BYE repeats nothing. */
  #isWanted(event: CoreEvent): boolean {
    return this.#link.open || (!isCheck(event) && this.#link.saidBye);
  }

  #settled(): void {
    this.waiting -= 1;
    if (this.#closed && this.waiting === 0) this.close();
  }

  #done(event: CoreEvent): void {
    this.#settled();
    this.#answers.done(event.seq);
    this.#flushSoon();
  }

  #rejected(event: CoreEvent, error: unknown): void {
    if (this.#isWanted(event)) this.#report(event, error); // otherwise the core has released the event
    this.#settled();
  }

  #report(event: CoreEvent, error: unknown): void {
    this.#options.counts.jobFailed(event);
    if (isRecord(event)) this.#options.onRecordDropped();
    const why = oneLine(error instanceof Error ? error.message : String(error), MAX_TEXT);
    if (error instanceof UnusableEvent) this.#logUnusable(why);
    else this.#logFailed(`sending job to gearmand failed: ${this.#link.open ? "" : lostName(event)}${why}`);
    this.#link.send({ name: "EVENT_REJECTED", seq: event.seq, text: Buffer.from(why) });
    this.#answers.rejected(event.seq);
    this.#flushSoon();
  }

  /** Many acknowledgements arrive in one chunk; one EVENT_DONE answers them all. */
  #flushSoon(): void {
    if (this.#flushAsked) return;
    this.#flushAsked = true;
    this.#link.sendLater(() => {
      this.#flushAsked = false;
      this.#answers.flush();
    });
  }
}

/** What is lost, since there is no core to report it to. */
function lostName(event: CoreEvent): string {
  if (isRecord(event)) return "";
  const service = "service_description" in event ? event.service_description : undefined;
  const name = [event.host_name, service]
    .filter((one) => one !== undefined)
    .map(shown)
    .join(" - ");
  return `${event.name.toLowerCase().replace("_", " ")} of ${name} is lost: `;
}
