import type { ProtocolErrorCode } from "@mod-gearman/protocol";

/**
 * Why a job server cannot start. BAD_OPTION: a value of `createJobServer` is out of range. UNKNOWN_HOST: the
 * name to listen on has no address. ADDRESS_IN_USE: still so after `bindTimeoutMs`. CANNOT_LISTEN: the system
 * refuses for another reason. BAD_TLS: certificates cannot be read or used. NO_STORE: the store cannot be opened or read.
 * CLOSED: `listen` on a server that was closed.
 */
export type JobServerErrorCode =
  | "BAD_OPTION"
  | "UNKNOWN_HOST"
  | "ADDRESS_IN_USE"
  | "CANNOT_LISTEN"
  | "BAD_TLS"
  | "NO_STORE"
  | "CLOSED";

/** The job server cannot start. `message` is fit for users. */
export class JobServerError extends Error {
  override readonly name: string = "JobServerError";
  readonly code: JobServerErrorCode;

  constructor(code: JobServerErrorCode, text: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}

/**
 * Why the server closes a connection by itself. Besides the codes of the protocol: NUMBER_TOO_LONG and
 * NUMBER_OUT_OF_RANGE (job-server.md 1.3, X14), TOO_MANY_WORDS in a text command, TOO_MANY_FUNCTIONS for a worker
 * beyond `maxFunctions` or `maxFunctionsPerConnection`, OUTPUT_FULL for a peer that does not read its answers, BAD_HTTP for text that is no request of the HTTP protocol, INTERNAL
 * for a defect of ours.
 */
export type CloseReason =
  | ProtocolErrorCode
  | "NUMBER_TOO_LONG"
  | "NUMBER_OUT_OF_RANGE"
  | "TOO_MANY_WORDS"
  | "TOO_MANY_FUNCTIONS"
  | "OUTPUT_FULL"
  | "BAD_HTTP"
  | "INTERNAL";

/** A request for which the connection is closed without an answer. Internal to the package. */
export class BadRequest extends Error {
  override readonly name: string = "BadRequest";
  readonly code: CloseReason;

  constructor(code: CloseReason) {
    super(code);
    this.code = code;
  }
}
