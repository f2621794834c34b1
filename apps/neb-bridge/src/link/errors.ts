export type LinkErrorCode =
  | "BODY_TOO_LARGE"
  | "BAD_HEADER"
  | "BAD_FIELD"
  | "TOO_MANY_FIELDS"
  | "MISSING_FIELD"
  | "BAD_VERSION";

/** The shim sent bytes that are not the bridge protocol. The stream cannot be resynchronised; close it. */
export class LinkError extends Error {
  override readonly name: string = "LinkError";
  readonly code: LinkErrorCode;

  constructor(code: LinkErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
  }
}
