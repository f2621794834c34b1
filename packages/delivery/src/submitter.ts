import type { OutgoingResult } from "./outgoing-result.ts";

/** Why a result was not accepted; `code` is a ClientErrorCode of the client package. */
export type SubmitError = Error & { readonly code?: string };

/** Called once with the outcome of a submit; undefined: a server has the result. */
export type OnSettled = (error: SubmitError | undefined) => void;

export interface Submitter {
  readonly connected: boolean;
  /** May call `settled` before returning. */
  enqueueBackground(result: OutgoingResult, settled: OnSettled): void;
  close(): Promise<void>;
}

/** No server will ever accept the result, e.g. because of a NUL byte in the name of its queue. */
export function isPermanent(error: SubmitError): boolean {
  return error.code === "BAD_ARGUMENT";
}
