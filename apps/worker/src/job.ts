import type { AssignedJob } from "@mod-gearman/client";
import type { DirectSubmit } from "@mod-gearman/delivery";
import type { CheckOutcome } from "@mod-gearman/runner";

/** The part of an assigned job that is needed to run and answer it. */
export type Assignment = Pick<AssignedJob, "handle" | "data" | "complete" | "fail">;

/** What a job is answered with. Source: worker.md 2.3. */
export const ANSWER: Buffer = Buffer.from("OK");

/**
 * How a job ended: `answered`; `canceled` by the end of the worker or `shortage` of the machine, both not answered, so that
 * the server gives it to another worker once the connection is closed.
 */
export type JobEnd = "answered" | "canceled" | "shortage";

/** Where a job came from, and what distinguishes it from others. */
export interface Origin {
  /** Name of the server. */
  readonly server: string;
  /** The connection, for the result; undefined when it cannot carry one. */
  readonly via: DirectSubmit | undefined;
  readonly queue: Buffer;
  /** CRC-32 of the payload. */
  readonly crc: number;
}

/** Takes a job of a server; calls `done` once, perhaps before it returns. */
export type HandleJob = (assignment: Assignment, origin: Origin, done: (end: JobEnd) => void) => void;

/** What one execution gave, whatever kind of execution it was. */
export type Execution = Pick<
  CheckOutcome,
  "returnCode" | "output" | "startedAt" | "finishedAt" | "usage" | "description"
> & { readonly exec: CheckOutcome["exec"] | "too_late" | "refused" };
