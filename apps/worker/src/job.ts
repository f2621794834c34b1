import type { AssignedJob } from "@mod-gearman/client";
import type { DirectSubmit } from "@mod-gearman/delivery";
import type { CheckOutcome } from "@mod-gearman/runner";

/** The part of an assigned job that is needed to run and answer it. */
export type Assignment = Pick<AssignedJob, "handle" | "data" | "complete" | "fail">;

/** Payload of the answer to a job. Source: worker.md 2.3. */
export const ANSWER: Buffer = Buffer.from("OK");

/**
 * How a job ended: `answered`; `canceled` by the stop of the worker or `shortage` of resources: both are not answered, so that
 * the server hands the job to another worker once the connection is closed.
 */
export type JobEnd = "answered" | "canceled" | "shortage";

/** Source of a job, and its identity in the journal. */
export interface Origin {
  /** Name. */
  readonly server: string;
  /** The job's connection, to submit the result over; undefined if that is not possible. */
  readonly via: DirectSubmit | undefined;
  readonly queue: Buffer;
  /** CRC-32 of the payload. */
  readonly crc: number;
}

/** Handles a job of a server; calls `done` once, possibly before it returns. */
export type HandleJob = (assignment: Assignment, origin: Origin, done: (end: JobEnd) => void) => void;

/** The part of an outcome that result, log and metrics use; also for jobs that were not executed. */
export type Execution = Pick<
  CheckOutcome,
  "returnCode" | "output" | "startedAt" | "finishedAt" | "usage" | "description"
> & { readonly exec: CheckOutcome["exec"] | "too_late" | "refused" };
