/**
 * Every reason for which a request or connection of this package fails. BAD_ARGUMENT: never sent, invalid argument.
 * QUEUE_FULL: never sent, too many requests are waiting. CONNECT_FAILED: no connection was made. CONNECTION_LOST: sent,
 * the connection ended before the answer; the server may have accepted it. TIMEOUT: no answer in time; the server may
 * have accepted it if it was sent. SERVER_ERROR: the server answered ERROR. JOB_NOT_FOUND: the server withdrew a job
 * before its report. HANDLER_FAILED: the job handler, or a progress handler, threw. OUTPUT_FULL: the server does not
 * read. PROTOCOL: the server violated the protocol. CLOSED: closed by this side before the answer. JOB_FAILED: a worker
 * reported WORK_FAIL. JOB_EXCEPTION: a worker reported WORK_EXCEPTION. DATA_TOO_LARGE: the result of a foreground job
 * exceeds `maxDataBytes`. UNSUPPORTED: this implementation of an interface cannot do it.
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
 * How far a request got. connecting: unsent, there was no connection. submitting: unsent or unanswered on a live
 * connection. waiting: a foreground job that the server accepted, without result.
 */
export type RequestPhase = "connecting" | "submitting" | "waiting";

export interface ClientErrorDetails {
  readonly cause?: unknown;
  /** With SERVER_ERROR and JOB_NOT_FOUND: code and text of the ERROR packet, decoded as latin1. */
  readonly serverCode?: string;
  readonly serverText?: string;
  /** With failures of an accepted request: how far it got. */
  readonly phase?: RequestPhase | undefined;
  /** With JOB_EXCEPTION: the text of the worker, any bytes. */
  readonly exception?: Buffer;
}

/** A request, connection or job failed. Its text never contains a workload. */
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
