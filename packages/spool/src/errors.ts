export type SpoolErrorCode = "LOCKED" | "NOT_A_FOLDER" | "FOREIGN_FOLDER" | "UNUSABLE";

const texts: Readonly<Record<SpoolErrorCode, string>> = {
  LOCKED: "another process uses this spool",
  NOT_A_FOLDER: "is not a folder, or a symbolic link",
  FOREIGN_FOLDER: "belongs to another user",
  UNUSABLE: "cannot be used",
};

/** A spool could not be opened; `cause` is the error of the system, if any. */
export class SpoolError extends Error {
  override readonly name: string = "SpoolError";
  readonly code: SpoolErrorCode;
  readonly folder: string;

  constructor(code: SpoolErrorCode, folder: string, options?: ErrorOptions) {
    const why = options?.cause instanceof Error ? ` (${options.cause.message})` : "";
    super(`${folder}: ${texts[code]}${why}`, options);
    this.code = code;
    this.folder = folder;
  }
}

/** The text of anything thrown, for a log line. Internal to the package. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
