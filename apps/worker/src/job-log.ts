import type { Logger } from "@mod-gearman/base";
import type { ParsedJob } from "@mod-gearman/payload";

const MAX_QUOTED_BYTES = 2048;

/** `host: <h> - service: <s>`, as far as the job contains them. */
function objectOf(job: ParsedJob): string {
  const host = quoted(job.hostName);
  return job.serviceDescription === undefined ? host : `${host} - ${quoted(job.serviceDescription)}`;
}

/** Lines about single jobs. Texts of the Go and C workers: worker.md 4.4, 4.6, 8.2. */
export class JobLog {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  incoming(handle: Buffer, job: ParsedJob): void {
    if (this.#logger.isEnabled("debug")) this.#logger.debug(`incoming ${subject(handle, job)}`);
  }

  finished(
    handle: Buffer,
    job: ParsedJob,
    end: { startedAt: bigint; finishedAt: bigint; returnCode: number; exec: string },
  ): void {
    if (!this.#logger.isEnabled("debug")) return;
    const took = (Number(end.finishedAt - end.startedAt) / 1e6).toFixed(3);
    const summary = `(took: ${took}s | rc: ${end.returnCode} | exec: ${end.exec})`;
    this.#logger.debug(`finished ${subject(handle, job)} ${summary}`);
  }

  canceled(handle: Buffer, job: ParsedJob): void {
    this.#logger.debug(`canceled ${subject(handle, job)}`);
  }

  timedOut(job: ParsedJob, seconds: number): void {
    const end = `run into timeout after ${seconds} seconds`;
    if (job.kind === "service" || job.kind === "host") {
      this.#logger.info(`${job.kind} check: ${objectOf(job)} ${end}`);
    } else this.#logger.warn(`${quoted(job.type)} with command ${quoted(job.commandLine)} ${end}`);
  }

  tooOld(job: ParsedJob, ageSeconds: number, maxAgeSeconds: number): void {
    this.#logger.warn(
      `worker: maxAge: job too old: ${ageSeconds} > ${maxAgeSeconds} (${quoted(job.type)}: ${objectOf(job)})`,
    );
  }

  refused(handle: Buffer, job: ParsedJob): string {
    return `the worker died twice with this job, it is not run again: ${subject(handle, job)} - command: ${quoted(job.commandLine)}`;
  }

  /** Text about a check whose result is not sent because its plugin ended with 25 (`workaround_rc_25`). */
  withheld(job: ParsedJob): string {
    return `workaround_rc_25: no result of ${job.type} ${objectOf(job)}, its plugin ended with exit code 25`;
  }

  /** Results of event handlers and notifications are not shown anywhere, so failures are logged (D21). */
  commandFailed(job: ParsedJob, returnCode: number, output: Buffer): void {
    if (returnCode === 0 || (job.kind !== "eventhandler" && job.kind !== "notification")) return;
    const object = job.serviceDescription === undefined ? "host" : "service";
    this.#logger.error(`${object} ${job.kind} exited with return code ${returnCode}`);
    this.#logger.error(`cmd: ${quoted(job.commandLine)}`);
    this.#logger.error(`output: ${quoted(output)}`);
  }
}

function subject(handle: Buffer, job: ParsedJob): string {
  const { type, hostName, serviceDescription } = job;
  const service = serviceDescription === undefined ? "" : ` - service: ${quoted(serviceDescription)}`;
  return `${quoted(type)} - handle: ${handle.toString("latin1")} - host: ${quoted(hostName)}${service}`;
}

/** Cut to the length allowed in a log line. */
function quoted(text: Buffer | undefined): string {
  return text?.subarray(0, MAX_QUOTED_BYTES).toString() ?? "";
}
