import { CryptoError } from "@mod-gearman/crypto";
import { type Logger, rateLimited } from "@mod-gearman/observe";
import { type ParsedJob, PayloadError, parseJob, printWorkerResult } from "@mod-gearman/payload";
import { isResourceShortage, judge, type Runner, type RunOutcome, type Verdict } from "@mod-gearman/runner";
import { JobLog } from "./job-log.ts";
import { notificationEnv } from "./notification-env.ts";
import { refuseCommand } from "./restrict.ts";
import type { ResultRouter } from "./result-router.ts";
import type { Settings } from "./settings.ts";

/** The part of an assigned job that the handler uses. */
export interface Assignment {
  readonly handle: Buffer;
  readonly data: Buffer;
  complete(data?: Buffer): void;
  fail(): void;
}

/**
 * What became of a job: `answered`; `canceled` by the end of the worker or `shortage` of the machine, both not
 * answered, so that the server gives it to another worker once the connection is closed.
 */
export type JobEnd = "answered" | "canceled" | "shortage";

/** Collaborators of the job handler. */
export interface JobHandlerDeps {
  /** The settings in force. */
  settings(): Settings;
  readonly runner: Pick<Runner, "run">;
  readonly results: Pick<ResultRouter, "deliver">;
  readonly logger: Logger;
  /** Microseconds since 1970. */
  nowMicros(): bigint;
}

/** What one execution gave, whatever kind of execution it was. */
interface Execution extends Verdict {
  readonly exec: "exec" | "shell" | "error" | "too_late" | "bad_path";
  readonly startedAt: bigint;
  readonly finishedAt: bigint;
}

const ANSWER = Buffer.from("OK");
const LOG_EVERY_MS = 10_000;

/** From an assigned job to its result and answer. Source: worker specification 2.3, 3, 4. */
export class JobHandler {
  readonly #deps: JobHandlerDeps;
  readonly #log: JobLog;
  readonly #undecodable: (text: string) => void;
  /** Decodable jobs so far. */
  jobs = 0;

  constructor(deps: JobHandlerDeps) {
    this.#deps = deps;
    this.#log = new JobLog(deps.logger);
    const millis = () => Number(deps.nowMicros() / 1000n);
    this.#undecodable = rateLimited((text) => deps.logger.error(text), LOG_EVERY_MS, millis);
  }

  /** Never rejects: a defect in here becomes an UNKNOWN result (D11). */
  async handle(assignment: Assignment): Promise<JobEnd> {
    const settings = this.#deps.settings();
    const job = this.#decode(assignment, settings);
    if (job === undefined) return "answered";
    this.jobs++;
    this.#log.incoming(assignment.handle, job);
    try {
      const execution = await this.#execute(job, settings);
      if (typeof execution === "string") {
        this.#log.canceled(assignment.handle, job);
        return execution;
      }
      await this.#finish(assignment, job, settings, execution);
    } catch (error) {
      await this.#reportDefect(assignment, job, settings, error);
    }
    return "answered";
  }

  /** @returns undefined when the job is none; it is failed then, since nobody else could read it either. */
  #decode(assignment: Assignment, settings: Settings): ParsedJob | undefined {
    try {
      return parseJob(settings.envelope.open(assignment.data));
    } catch (error) {
      this.#undecodable(`${undecodableText(error)} (${assignment.handle.toString("latin1")})`);
      assignment.fail();
      return undefined;
    }
  }

  async #execute(job: ParsedJob, settings: Settings): Promise<Execution | "canceled" | "shortage"> {
    const { options } = settings;
    const refused = this.#refuse(job, settings);
    if (refused !== undefined) return refused;
    const timeoutSeconds = job.timeoutSeconds ?? options.jobTimeoutSeconds;
    const outcome = await this.#deps.runner.run({
      commandLine: job.commandLine,
      timeoutMs: timeoutSeconds * 1000,
      env: notificationEnv(job),
      directOnly: options.restrictPath.length > 0,
    });
    if (outcome.aborted) return "canceled";
    if (isResourceShortage(outcome)) {
      this.#deps.logger.error(`cannot run plugins, taking no jobs for a while: ${outcome.error?.text}`);
      return "shortage";
    }
    if (outcome.timedOut) this.#log.timedOut(job, timeoutSeconds);
    return toExecution(outcome, judge(outcome, { type: job.kind }, settings.judge));
  }

  /** Checks that come before an execution. */
  #refuse(job: ParsedJob, { options }: Settings): Execution | undefined {
    const now = this.#deps.nowMicros();
    const refusal = { returnCode: 3, startedAt: now, finishedAt: now };
    const ageSeconds = job.coreTime === undefined ? 0 : Number(now - job.coreTime) / 1e6;
    if (options.maxAgeSeconds > 0 && ageSeconds > options.maxAgeSeconds) {
      this.#log.tooOld(job, Math.round(ageSeconds), options.maxAgeSeconds);
      const output = ["Could not start check in time (worker: ", options.identifier, ")"].map((part) =>
        Buffer.from(part),
      );
      return { ...refusal, exec: "too_late", output: Buffer.concat(output) };
    }
    const output = refuseCommand(job.commandLine, options.restrictPath, options.restrictCommandCharacters);
    return output === undefined ? undefined : { ...refusal, exec: "bad_path", output };
  }

  async #finish(
    assignment: Assignment,
    job: ParsedJob,
    settings: Settings,
    execution: Execution,
  ): Promise<void> {
    const { returnCode, output, exec, startedAt, finishedAt } = execution;
    this.#log.commandFailed(job, returnCode, output);
    // first into the queue, then the answer: a worker that dies in between has the job run again, not lost
    await this.#send(job, settings, execution);
    assignment.complete(ANSWER);
    this.#log.finished(assignment.handle, job, { tookMicros: finishedAt - startedAt, returnCode, exec });
  }

  async #send(job: ParsedJob, settings: Settings, execution: Execution): Promise<void> {
    const { resultQueue, hostName, serviceDescription, coreTime } = job;
    if (resultQueue === undefined || hostName === undefined) return;
    const print = (type: "active" | "passive") =>
      settings.envelope.seal(
        printWorkerResult({
          type,
          hostName,
          ...(serviceDescription === undefined ? {} : { serviceDescription }),
          ...(coreTime === undefined ? {} : { coreStartTime: coreTime }),
          startTime: execution.startedAt,
          finishTime: execution.finishedAt,
          returnCode: execution.returnCode,
          source: settings.source,
          output: execution.output,
        }),
      );
    await this.#deps.results.deliver(resultQueue, print);
  }

  async #reportDefect(
    assignment: Assignment,
    job: ParsedJob,
    settings: Settings,
    error: unknown,
  ): Promise<void> {
    const text = error instanceof Error ? error.message : String(error);
    this.#deps.logger.error(`job ${assignment.handle.toString("latin1")} failed: ${text}`);
    const now = this.#deps.nowMicros();
    const output = Buffer.concat([
      Buffer.from(`UNKNOWN: ${text} (worker: `),
      settings.options.identifier,
      Buffer.from(")"),
    ]);
    const execution = { exec: "error", returnCode: 3, output, startedAt: now, finishedAt: now } as const;
    await this.#send(job, settings, execution).catch((again: unknown) =>
      this.#deps.logger.error(`job ${assignment.handle.toString("latin1")} has no result: ${again}`),
    );
    assignment.complete(ANSWER);
  }
}

function toExecution(outcome: RunOutcome, verdict: Verdict): Execution {
  const { exec, startedAt, finishedAt } = outcome;
  return { ...verdict, exec, startedAt, finishedAt };
}

function undecodableText(error: unknown): string {
  if (error instanceof PayloadError && error.code === "NO_COMMAND")
    return "discarded invalid job, no command line given";
  if (error instanceof PayloadError)
    return "decrypt error, invalid data package received, check encryption key";
  if (error instanceof CryptoError) return `decrypt error, invalid data package received: ${error.code}`;
  return `decrypt error: ${error}`;
}
