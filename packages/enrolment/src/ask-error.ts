import type { EnrolRefusal } from "@mod-gearman/crypto";

/**
 * `NO_SERVER`: no job server, or it refuses. `NO_ANSWER`: no bridge in time. `FAILED`: the bridge does not take the request as authentic.
 * `BAD_ANSWER`: the answer is not the bridge's. The others are the bridge's reasons.
 */
export type AskErrorCode = "NO_SERVER" | "NO_ANSWER" | "FAILED" | "BAD_ANSWER" | EnrolRefusal;

/** There are no keys. Nothing secret is in the message. */
export class AskError extends Error {
  override readonly name: string = "AskError";
  readonly code: AskErrorCode;

  constructor(code: AskErrorCode, text: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}
