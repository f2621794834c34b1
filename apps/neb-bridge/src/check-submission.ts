import type { ServerAddress } from "@mod-gearman/base";
import { ClientError } from "@mod-gearman/client";
import type { Claim } from "./check-row.ts";
import type { CommandMemory } from "./command-memory.ts";
import type { Flights } from "./flights.ts";
import type { CheckEvent, PlainJob } from "./jobs.ts";
import type { OutstandingChecks } from "./outstanding.ts";
import { handleNumberOf } from "./row-handles.ts";
import { Submission, type SubmissionContext, type SubmitPath } from "./submission.ts";

/** Called once for each check that was started. */
export interface CheckSubmissionContext extends SubmissionContext {
  readonly outstanding: OutstandingChecks;
  /** Of sealed jobs. */
  readonly flights: Pick<Flights, "accepted" | "withdraw">;
  readonly commands: Pick<CommandMemory, "keep">;
  onDone(event: CheckEvent): void;
  onFailed(event: CheckEvent, error: unknown): void;
}

/** The job of a check, whose result is waited for from the start: it may arrive before the acknowledgement of the job. */
export class CheckSubmission extends Submission {
  readonly #checks: CheckSubmissionContext;
  readonly #check: CheckEvent;
  readonly #claim: Claim | undefined;
  /** A job server may have the job although nothing came back. */
  #mayBeThere = false;
  readonly #key: string;

  /** @param key of its object @param claim undefined if its result arrives elsewhere */
  constructor(
    context: CheckSubmissionContext,
    event: CheckEvent,
    plain: PlainJob,
    path: () => SubmitPath,
    ageMs: number,
    key: string,
    claim: Claim | undefined,
  ) {
    super(context, event, plain, path, ageMs);
    this.#checks = context;
    this.#check = event;
    this.#claim = claim;
    this.#key = key;
  }

  protected override succeeded(handle: Buffer, server: ServerAddress): void {
    const { timeout, core_time: coreTime } = this.#check;
    const { jobId } = this.plain;
    if (jobId !== undefined) this.#checks.flights.accepted(jobId, server, handleNumberOf(handle));
    if (this.#claim !== undefined)
      this.#checks.outstanding.accept(this.#claim, {
        handle,
        server,
        timeoutMs: timeout * 1000,
        coreTime,
        plain: this.plain,
      });
    this.#checks.commands.keep(this.#key, this.#check);
    this.#checks.onDone(this.#check);
  }

  protected override failed(error: unknown): void {
    const { jobId } = this.plain;
    if (jobId !== undefined && !this.#mayBeThere && !wasSent(error)) this.#checks.flights.withdraw(jobId);
    if (this.#claim !== undefined) this.#checks.outstanding.release(this.#claim);
    this.#checks.onFailed(this.#check, error);
  }

  protected override attemptFailed(error: unknown): void {
    if (!wasSent(error)) return;
    this.#mayBeThere = true;
    if (this.#claim !== undefined) this.#claim.doubled = true;
  }
}

/** A job that was sent may be on that server although nothing came back. */
function wasSent(error: unknown): boolean {
  return error instanceof ClientError && error.phase === "submitting";
}
