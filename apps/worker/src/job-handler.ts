import { type Clock, type Logger, serverOfKey } from "@mod-gearman/base";
import { CryptoError, type RefusalReason } from "@mod-gearman/crypto";
import type { ResultRouter } from "@mod-gearman/delivery";
import { Refusals, rateLimited } from "@mod-gearman/observe";
import { type ParsedJob, PayloadError, printWorkerResult } from "@mod-gearman/payload";
import { ARGUMENT_LIMIT, type CheckOutcome, type CheckRequest, type CheckRunner } from "@mod-gearman/runner";
import { ANSWER, type Assignment, type Execution, type JobEnd, type Origin } from "./job.ts";
import { JobLog } from "./job-log.ts";
import type { CheckObserver } from "./metrics.ts";
import { notificationEnv } from "./notification-env.ts";
import { type ReadJob, type ResultSealer, readJob, readJobHead } from "./read-job.ts";
import type { Settings } from "./settings.ts";
import { type JobToken, TakenJobs } from "./taken-jobs.ts";
import { RefusedJob } from "./worker-envelope.ts";

export interface JobHandlerDeps {
  settings(): Settings;
  checks(): CheckRunner;
  /** Called after each check. */
  observer(): CheckObserver;
  readonly results: Pick<ResultRouter, "deliver">;
  readonly logger: Logger;
  /** For rate limits of log lines. */
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Time of day, microseconds since 1970. */
  nowMicros(): bigint;
}

interface Work {
  readonly assignment: Assignment;
  readonly origin: Origin;
  readonly job: ParsedJob;
  /** Reason why it must not be run. */
  readonly refused?: string | undefined;
  /** Version 2, if the job came in it. */
  readonly sealed?: ResultSealer | undefined;
  readonly settings: Settings;
  /** If the job asks for times. */
  readonly grabbedAt: bigint | undefined;
  readonly done: (end: JobEnd) => void;
}

const LOG_EVERY_MS = 10_000;
/** All slots may meet a shortage at once; each then pauses for ten seconds. */
const SHORTAGE_LOG_MS = 5000;
const UNKNOWN = 3;
/** Exit code of a plugin that was killed by a second run of itself; see `workaround_rc_25`. */
const WITHHELD_EXIT_CODE = 25;
const REFUSED =
  "UNKNOWN: the worker died twice while this check ran, the second time with nothing else running: it is not run again";
/** Refusals that a wrong or old key explains. A copy of a job, or one that waited too long, says nothing about keys. */
const KEY_REASONS: ReadonlySet<RefusalReason> = new Set(["NOT_SEALED_V2", "UNKNOWN_KEY", "NOT_AUTHENTIC"]);
const PLUGIN_EXECS: ReadonlySet<Execution["exec"]> = new Set(["exec", "shell", "epn"]);

/** From an assigned job to its result and answer. Source: worker.md 2.3, 3, 4. */
export class JobHandler {
  readonly #deps: JobHandlerDeps;
  readonly #log: JobLog;
  readonly #undecodable: (text: string) => void;
  readonly #shortage: (text: string) => void;
  readonly #withheld: (text: string) => void;
  readonly #taken = new TakenJobs();
  /** Of jobs by version 2 of the envelope. */
  readonly refusals: Refusals<RefusalReason>;
  /** Decodable jobs. */
  jobs = 0;
  /** Of the monotonic clock; undefined before the first one. */
  lastJobMs: number | undefined;
  /** Jobs that the key does not open, those included that version 2 refuses for this reason. */
  undecodable = 0;
  lastUndecodableMs: number | undefined;
  /** Number of results not sent because of `workaround_rc_25`. */
  withheld = 0;

  constructor(deps: JobHandlerDeps) {
    this.#deps = deps;
    this.#log = new JobLog(deps.logger);
    const now = () => deps.clock.monotonicMs();
    this.#undecodable = rateLimited((text) => deps.logger.error(text), LOG_EVERY_MS, now);
    this.#shortage = rateLimited((text) => deps.logger.error(text), SHORTAGE_LOG_MS, now);
    this.#withheld = rateLimited((text) => deps.logger.info(text), LOG_EVERY_MS, now);
    this.refusals = new Refusals({
      logger: deps.logger,
      clock: deps.clock,
      what: "a job of",
      legacyText: (names) =>
        `jobs in the legacy form, which anyone with the key can forge, came from ${names}`,
    });
  }

  /**
   * Never throws: a defect in here becomes an UNKNOWN result (D11).
   *
   * @param begins called before anything starts that may end this process
   */
  handle(assignment: Assignment, origin: Origin, done: (end: JobEnd) => void, begins?: () => void): void {
    const settings = this.#deps.settings();
    this.lastJobMs = this.#deps.clock.monotonicMs();
    const read = this.#decode(assignment, origin, settings);
    if (read === undefined) {
      done("answered");
      return;
    }
    this.jobs++;
    const { job, refused, sealed, token } = read;
    const ended = token === undefined ? done : this.#givingBack(token, done);
    const grabbedAt = this.#grabbedAt(job);
    const work: Work = { assignment, origin, job, refused, sealed, settings, grabbedAt, done: ended };
    try {
      this.#log.incoming(assignment.handle, job);
      this.#start(work, begins);
    } catch (error) {
      this.#reportDefect(work, error);
    }
  }

  #grabbedAt({ workerTimes }: ParsedJob): bigint | undefined {
    return workerTimes === true ? this.#deps.nowMicros() : undefined;
  }

  #givingBack(token: JobToken, done: (end: JobEnd) => void): (end: JobEnd) => void {
    return (end) => {
      if (end !== "answered") this.#taken.giveBack(token);
      done(end);
    };
  }

  /** Answers a job that has ended two processes with UNKNOWN, without running it (D30). Never throws. */
  refuse(assignment: Assignment, origin: Origin, done: (end: JobEnd) => void): void {
    const settings = this.#deps.settings();
    // reading the whole payload may have ended them
    const read = this.#decode(assignment, origin, settings, readJobHead);
    if (read === undefined) {
      done("answered");
      return;
    }
    const { job, sealed, token } = read;
    this.jobs++;
    this.#deps.logger.error(this.#log.refused(assignment.handle, job));
    const ended = token === undefined ? done : this.#givingBack(token, done);
    const grabbedAt = this.#grabbedAt(job);
    const work: Work = { assignment, origin, job, sealed, settings, grabbedAt, done: ended };
    try {
      this.#finish(work, this.#unexecuted("refused", named(REFUSED, settings)));
    } catch (error) {
      this.#reportDefect(work, error);
    }
  }

  /** @returns undefined if the payload cannot be decoded; the job is then failed, as no other worker could decode it */
  #decode(assignment: Assignment, origin: Origin, settings: Settings, read = readJob): ReadJob | undefined {
    try {
      const { sealed } = settings;
      if (sealed === undefined) return read(assignment.data, settings.envelope);
      const opened = sealed.read(assignment.data, origin.queue, this.#deps.nowMicros(), ARGUMENT_LIMIT);
      if (opened?.token !== undefined && !this.#taken.take(opened.token)) throw new RefusedJob("REPLAYED");
      if (opened !== undefined) return opened;
      const legacy = read(assignment.data, settings.envelope);
      this.refusals.legacy(sourceOf(origin));
      return legacy;
    } catch (error) {
      if (!(error instanceof RefusedJob) || KEY_REASONS.has(error.reason)) {
        this.undecodable += 1;
        this.lastUndecodableMs = this.#deps.clock.monotonicMs();
      }
      if (error instanceof RefusedJob) {
        this.refusals.refused(error.reason, error.message, sourceOf(origin));
        assignment.fail();
        return undefined;
      }
      this.#undecodable(`${undecodableText(error)} (${assignment.handle.toString("latin1")})`);
      assignment.fail();
      return undefined;
    }
  }

  #start(work: Work, begins: (() => void) | undefined): void {
    const { job, settings } = work;
    const { options } = settings;
    const late = options.maxAgeSeconds > 0 ? this.#tooLate(job, settings) : undefined;
    if (late !== undefined) {
      this.#finish(work, late);
      return;
    }
    if (work.refused !== undefined) {
      this.#finish(work, this.#unexecuted("error", named(`UNKNOWN: ${work.refused}`, settings)));
      return;
    }
    const timeoutMs = (job.timeoutSeconds ?? options.jobTimeoutSeconds) * 1000;
    const { commandLine, kind: type } = job;
    const env = job.kind === "notification" ? notificationEnv(job) : undefined;
    const { limits, restrictTo } = settings;
    const request: CheckRequest = { commandLine, type, timeoutMs, env, limits, restrictTo, onBegin: begins };
    this.#deps.checks().start(request, (outcome) => this.#onOutcome(work, outcome));
  }

  #onOutcome(work: Work, outcome: CheckOutcome): void {
    const { assignment, job } = work;
    try {
      if (outcome.aborted) {
        this.#log.canceled(assignment.handle, job);
        work.done("canceled");
      } else if (outcome.shortage) {
        this.#shortage(`cannot run plugins, taking no jobs for a while: ${outcome.problem}`);
        work.done("shortage");
      } else {
        if (outcome.timedOut) this.#log.timedOut(job, outcome.timeoutMs / 1000);
        const { workaroundRc25 } = work.settings.options;
        if (workaroundRc25 && outcome.exitCode === WITHHELD_EXIT_CODE) this.#withhold(work, outcome);
        else this.#finish(work, outcome);
      }
    } catch (error) {
      this.#reportDefect(work, error);
    }
  }

  /** A job older than `max-age` is not executed. Source: worker.md 3.4. */
  #tooLate(job: ParsedJob, settings: Settings): Execution | undefined {
    const { maxAgeSeconds } = settings.options;
    const now = this.#deps.nowMicros();
    const ageSeconds = job.coreTime === undefined ? 0 : Number(now - job.coreTime) / 1e6;
    if (ageSeconds <= maxAgeSeconds) return undefined;
    this.#log.tooOld(job, Math.round(ageSeconds), maxAgeSeconds);
    return this.#unexecuted("too_late", named("Could not start check in time", settings));
  }

  #unexecuted(exec: "too_late" | "refused" | "error", output: Buffer): Execution {
    const now = this.#deps.nowMicros();
    return { exec, returnCode: UNKNOWN, output, description: exec, startedAt: now, finishedAt: now };
  }

  /** The job is answered, no result is sent to any server. Source: `mod_gearman: common/utils.c`, send_result_back. */
  #withhold({ assignment, job, done }: Work, execution: Execution): void {
    this.withheld++;
    this.#withheld(this.#log.withheld(job));
    this.#log.commandFailed(job, execution.returnCode, execution.output);
    this.#deps.observer().checkEnded(job.kind, execution);
    assignment.complete(ANSWER);
    this.#log.finished(assignment.handle, job, execution);
    done("answered");
  }

  #finish(work: Work, execution: Execution): void {
    const { assignment, job } = work;
    this.#log.commandFailed(job, execution.returnCode, execution.output);
    this.#deps.observer().checkEnded(job.kind, execution);
    // queue the result before answering: if the worker dies in between, the job runs again instead of being lost
    this.#send(work, execution, (isAccepted) => {
      if (isAccepted) assignment.complete(ANSWER);
      this.#log.finished(assignment.handle, job, execution);
      work.done(isAccepted ? "answered" : "canceled");
    });
  }

  #send(
    { job, settings, origin, sealed, grabbedAt }: Work,
    execution: Execution,
    onAccepted: (isAccepted: boolean) => void,
  ): void {
    const { resultQueue, hostName, serviceDescription, coreTime } = job;
    if (resultQueue === undefined || hostName === undefined) {
      onAccepted(true);
      return;
    }
    const print = (type: "active" | "passive", isCopy: boolean): Buffer => {
      const isSealed = sealed !== undefined && !isCopy; // a dup server belongs to another site
      const text = printWorkerResult({
        type,
        hostName,
        serviceDescription,
        coreStartTime: coreTime,
        startTime: execution.startedAt,
        finishTime: execution.finishedAt,
        returnCode: execution.returnCode,
        source: settings.source,
        output: execution.output,
        jobId: isSealed ? job.jobId : undefined,
        grabbedTime: grabbedAt,
        sentTime: grabbedAt === undefined ? undefined : this.#deps.nowMicros(),
      });
      return isSealed ? sealed.seal(resultQueue, text) : settings.envelope.seal(text);
    };
    // plugins end one by one; in-process checks finish in bursts, so their results are batched
    const via = PLUGIN_EXECS.has(execution.exec) ? origin.via : undefined;
    this.#deps.results.deliver({ queue: resultQueue, origin: origin.server, via }, print, onAccepted);
  }

  #reportDefect(work: Work, error: unknown): void {
    const { assignment, settings, done } = work;
    const text = error instanceof Error ? error.message : String(error);
    this.#deps.logger.error(`job ${assignment.handle.toString("latin1")} failed: ${text}`);
    const execution = this.#unexecuted("error", named(`UNKNOWN: ${text}`, settings));
    try {
      this.#send(work, execution, (isAccepted) => {
        if (isAccepted) assignment.complete(ANSWER);
        done(isAccepted ? "answered" : "canceled");
      });
    } catch (cause) {
      this.#deps.logger.error(`job ${assignment.handle.toString("latin1")} has no result: ${cause}`);
      assignment.complete(ANSWER);
      done("answered");
    }
  }
}

function sourceOf({ queue, server }: Origin): string {
  return `queue ${queue.toString()} of ${serverOfKey(server)}`;
}

/** `text` followed by the name of this worker. */
function named(text: string, { options }: Settings): Buffer {
  return Buffer.concat([Buffer.from(`${text} (worker: `), options.identifier, Buffer.from(")")]);
}

function undecodableText(error: unknown): string {
  if (error instanceof PayloadError && error.code === "NO_COMMAND")
    return "discarded invalid job, no command line given";
  if (error instanceof PayloadError)
    return "decrypt error, invalid data package received, check encryption key";
  if (error instanceof CryptoError && error.payloadBytes !== undefined)
    return `decrypt error, invalid data package received, data must be multiple of 16 bytes, has: ${error.payloadBytes}`;
  if (error instanceof CryptoError) return `decrypt error, invalid data package received: ${error.code}`;
  return `decrypt error: ${error}`;
}
