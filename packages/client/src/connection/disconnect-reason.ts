/**
 * Why a connection ended. END: the server closed it. ERROR: network failure. PROTOCOL: the server violated the
 * protocol. TIMEOUT: it did not answer. OUTPUT_FULL: it does not read. SERVER_ERROR: it answered ERROR. CLOSED: closed
 * by this side.
 */
export type DisconnectCode =
  | "END"
  | "ERROR"
  | "PROTOCOL"
  | "TIMEOUT"
  | "OUTPUT_FULL"
  | "SERVER_ERROR"
  | "CLOSED";

export interface DisconnectReason {
  readonly code: DisconnectCode;
  /** Worded for a log line. */
  readonly text: string;
  readonly cause?: unknown;
}
