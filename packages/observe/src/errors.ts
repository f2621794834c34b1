export type LogErrorCode = "CANNOT_OPEN" | "CANNOT_WRITE" | "CANNOT_SEND" | "CANNOT_RUN";

const WHAT: Record<LogErrorCode, string> = {
  CANNOT_OPEN: "error opening logfile",
  CANNOT_WRITE: "error writing logfile",
  CANNOT_SEND: "error writing to",
  CANNOT_RUN: "cannot run",
};

/**
 * A log destination cannot be used. `path` is a file, `syslog`, or the program that hands lines to syslog; `cause`
 * is the error of the system.
 */
export class LogError extends Error {
  override readonly name: string = "LogError";
  readonly code: LogErrorCode;
  readonly path: string;

  constructor(code: LogErrorCode, path: string, options?: ErrorOptions) {
    const reason = options?.cause instanceof Error ? `: ${options.cause.message}` : "";
    const colon = code === "CANNOT_OPEN" || code === "CANNOT_WRITE" ? ":" : "";
    super(`${WHAT[code]}${colon} ${path}${reason}`, options);
    this.code = code;
    this.path = path;
  }
}
