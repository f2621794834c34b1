import type { CheckResult } from "@mod-gearman/payload";
import type { ReadResult } from "./read-result.ts";

/** How a check that was sent to a queue ended. */
export type CheckEnd =
  | {
      readonly kind: "result";
      readonly result: CheckResult;
      /** As it was sent. */
      readonly payload: Buffer;
      /** Who sealed it in version 2; undefined: it came in the legacy form. */
      readonly sealedBy: string | undefined;
      /** Times of day of sending and receiving, microseconds. */
      readonly sentMicros: bigint;
      readonly receivedMicros: bigint;
    }
  | Exclude<ReadResult, { kind: "result" }>
  /**
   * `refused`: the worker gave the job up, as it cannot read it. `no-result`: the worker has finished the job, and nothing came.
   * `unfinished`: a worker has the job. `not-taken`: none has.
   */
  | { readonly kind: "refused" | "no-result" | "unfinished" | "not-taken" }
  /** The job could not be sent. */
  | { readonly kind: "broken"; readonly text: string };
