import type { ServerAddress } from "@mod-gearman/base";
import { ClientError } from "@mod-gearman/client";

import type { CheckEvent, PlainJob } from "./jobs.ts";
import type { Claim, OutstandingChecks } from "./outstanding.ts";
import { Submission, type SubmissionContext, type SubmitPath } from "./submission.ts";

/** Called once for each check that was started. */
export interface CheckSubmissionContext extends SubmissionContext {
  readonly outstanding: OutstandingChecks;
  onDone(event: CheckEvent): void;
  onFailed(event: CheckEvent, error: unknown): void;
}

/** The job of a check, whose result is waited for from the start: it may arrive before the acknowledgement of the job. */
export class CheckSubmission extends Submission {
  readonly #checks: CheckSubmissionContext;
  readonly #check: CheckEvent;
  readonly #claim: Claim | undefined;

  /** @param claim undefined if its result arrives elsewhere */
  constructor(
    context: CheckSubmissionContext,
    event: CheckEvent,
    plain: PlainJob,
    path: () => SubmitPath,
    ageMs: number,
    claim: Claim | undefined,
  ) {
    super(context, event, plain, path, ageMs);
    this.#checks = context;
    this.#check = event;
    this.#claim = claim;
  }

  protected override succeeded(handle: Buffer, server: ServerAddress): void {
    const { timeout, core_time: coreTime } = this.#check;
    if (this.#claim !== undefined)
      this.#checks.outstanding.accept(this.#claim, {
        handle,
        server,
        timeoutMs: timeout * 1000,
        coreTime,
        plain: this.plain,
      });
    this.#checks.onDone(this.#check);
  }

  protected override failed(error: unknown): void {
    if (this.#claim !== undefined) this.#checks.outstanding.release(this.#claim);
    this.#checks.onFailed(this.#check, error);
  }

  /** A job that was sent may be on that server although nothing came back. */
  protected override attemptFailed(error: unknown): void {
    if (this.#claim !== undefined && error instanceof ClientError)
      this.#claim.doubled ||= error.phase === "submitting";
  }
}
