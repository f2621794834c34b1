/**
 * Every reason for which a request or connection of this package fails.
 * BAD_ARGUMENT: never sent, the caller's mistake. QUEUE_FULL: never sent, too much is waiting already.
 * CONNECT_FAILED: no connection was made. CONNECTION_LOST: sent, the connection ended before the answer; the
 * server may have taken it. TIMEOUT: no answer in time; the server may have taken it if it was sent.
 * SERVER_ERROR: the server answered ERROR. JOB_NOT_FOUND: the server took a job away before its report.
 * HANDLER_FAILED: the job handler threw. OUTPUT_FULL: the server does not read. PROTOCOL: the server sent
 * bytes or packets that make no sense. CLOSED: closed by this side before the answer.
 */
export type ClientErrorCode =
  | "BAD_ARGUMENT"
  | "QUEUE_FULL"
  | "CONNECT_FAILED"
  | "CONNECTION_LOST"
  | "TIMEOUT"
  | "SERVER_ERROR"
  | "JOB_NOT_FOUND"
  | "HANDLER_FAILED"
  | "OUTPUT_FULL"
  | "PROTOCOL"
  | "CLOSED";

/** What a `ClientError` may carry besides its code. */
export interface ClientErrorDetails {
  readonly cause?: unknown;
  /** With SERVER_ERROR and JOB_NOT_FOUND: code and text of the ERROR packet, latin1. */
  readonly serverCode?: string;
  readonly serverText?: string;
}

/** A request, connection or job could not be dealt with. Never carries a workload. */
export class ClientError extends Error {
  override readonly name: string = "ClientError";
  readonly code: ClientErrorCode;
  readonly serverCode: string | undefined;
  readonly serverText: string | undefined;

  constructor(code: ClientErrorCode, text: string, details: ClientErrorDetails = {}) {
    super(`${code}: ${text}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.serverCode = details.serverCode;
    this.serverText = details.serverText;
  }
}
