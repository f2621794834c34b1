import type { ServerAddress } from "@mod-gearman/base";
import type { ClientError } from "../connection/errors.ts";

/** What becomes of a job; exactly one of both is called, once. Neither must throw. */
export interface SubmitOutcome {
  /** `server` has the job; its handle is bytes `start` to `end` of `bytes`, a view of what was received. */
  accepted(bytes: Buffer, start: number, end: number, server: ServerAddress): void;
  /** As the rejections of `submitBackground`. May be called before the submitting call returns. */
  refused(error: ClientError): void;
}
