import type { RecordedJob } from "@mod-gearman/delivery";

/**
 * A result on its way. `data` is sealed; `unique` is new for each result, so that a server drops a repeated delivery and
 * not another result; `origin` is the server that gave the job.
 */
export interface OutgoingResult extends RecordedJob {
  /** The connection the job came by: the result leaves in one write with the answer to the job. */
  readonly via?: DirectSubmit | undefined;
}

/** A slot's connection, as far as results use it. */
export interface DirectSubmit {
  /** @returns false when nothing was sent; else `settled` is called once, later */
  submitBackground(
    result: Pick<OutgoingResult, "function" | "unique" | "data">,
    settled: (error: Error | undefined) => void,
  ): boolean;
}
