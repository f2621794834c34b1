/** Closed list of what can go wrong with a log destination. */
export type LogErrorCode = "CANNOT_OPEN" | "CANNOT_WRITE";

/** A log destination cannot be used. `cause` is the error of the file system. */
export class LogError extends Error {
  override readonly name: string = "LogError";
  readonly code: LogErrorCode;
  readonly path: string;

  constructor(code: LogErrorCode, path: string, options?: ErrorOptions) {
    const reason = options?.cause instanceof Error ? `: ${options.cause.message}` : "";
    super(
      `${code === "CANNOT_OPEN" ? "error opening logfile" : "error writing logfile"}: ${path}${reason}`,
      options,
    );
    this.code = code;
    this.path = path;
  }
}
