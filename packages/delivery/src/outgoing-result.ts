import type { RecordedJob } from "./job-record.ts";

/**
 * A result to send. `data` is sealed; `unique` is new for each result and kept for every retry, so that a server joins a
 * repeated delivery with the first one and never two results; `origin` is the server that assigned the job.
 */
export interface OutgoingResult extends RecordedJob {
  /** The connection the job came by: the result leaves in one write with the answer to the job. */
  readonly via?: DirectSubmit | undefined;
}

/** The part of a slot's connection that results use. */
export interface DirectSubmit {
  /** @returns false if nothing was sent; otherwise `settled` is called once, later */
  submitBackground(
    result: Pick<OutgoingResult, "function" | "unique" | "data">,
    settled: (error: Error | undefined) => void,
  ): boolean;
}
