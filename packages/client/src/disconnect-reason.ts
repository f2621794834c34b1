/**
 * Why a connection ended. END: the server closed it. ERROR: the network did. PROTOCOL: the server sent something
 * that makes no sense. TIMEOUT: it did not answer. OUTPUT_FULL: it does not read. SERVER_ERROR: it answered
 * ERROR. CLOSED: this side closed it for good.
 */
export type DisconnectCode =
  | "END"
  | "ERROR"
  | "PROTOCOL"
  | "TIMEOUT"
  | "OUTPUT_FULL"
  | "SERVER_ERROR"
  | "CLOSED";

/** One end of a connection, with what was known about it. */
export interface DisconnectReason {
  readonly code: DisconnectCode;
  /** For a log line. */
  readonly text: string;
  readonly cause?: unknown;
}
