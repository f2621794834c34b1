/**
 * Every reason for which a request or connection of this package fails.
 * BAD_ARGUMENT: never sent, the caller's mistake. QUEUE_FULL: never sent, too much is waiting already.
 * CONNECT_FAILED: no connection was made. CONNECTION_LOST: sent, the connection ended before the answer; the
 * server may have taken it. TIMEOUT: no answer in time; the server may have taken it if it was sent.
 * SERVER_ERROR: the server answered ERROR. JOB_NOT_FOUND: the server took a job away before its report.
 * HANDLER_FAILED: the job handler, or a handler of a job's progress, threw. OUTPUT_FULL: the server does not read.
 * PROTOCOL: the server sent bytes or packets that make no sense. CLOSED: closed by this side before the answer.
 * JOB_FAILED: a worker reported WORK_FAIL. JOB_EXCEPTION: a worker reported WORK_EXCEPTION. DATA_TOO_LARGE: a
 * foreground job brought more data than was asked for. UNSUPPORTED: this implementation of an interface cannot do it.
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
  | "CLOSED"
  | "JOB_FAILED"
  | "JOB_EXCEPTION"
  | "DATA_TOO_LARGE"
  | "UNSUPPORTED";

/**
 * How far a request had got. connecting: not sent, there was no connection. submitting: waiting to be sent, or
 * sent, on a connection; the server has not answered. waiting: a foreground job the server accepted, without result.
 */
export type RequestPhase = "connecting" | "submitting" | "waiting";

/** What a `ClientError` may carry besides its code. */
export interface ClientErrorDetails {
  readonly cause?: unknown;
  /** With SERVER_ERROR and JOB_NOT_FOUND: code and text of the ERROR packet, latin1. */
  readonly serverCode?: string;
  readonly serverText?: string;
  /** With failures of a request that was taken: how far it had got. */
  readonly phase?: RequestPhase;
  /** With JOB_EXCEPTION: what the worker sent, any bytes. */
  readonly exception?: Buffer;
}

/** A request, connection or job could not be dealt with. Its text never carries a workload. */
export class ClientError extends Error {
  override readonly name: string = "ClientError";
  readonly code: ClientErrorCode;
  readonly serverCode: string | undefined;
  readonly serverText: string | undefined;
  readonly phase: RequestPhase | undefined;
  readonly exception: Buffer | undefined;

  constructor(code: ClientErrorCode, text: string, details: ClientErrorDetails = {}) {
    super(`${code}: ${text}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.serverCode = details.serverCode;
    this.serverText = details.serverText;
    this.phase = details.phase;
    this.exception = details.exception;
  }
}
