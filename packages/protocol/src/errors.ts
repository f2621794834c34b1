/** Every reason for which this package refuses bytes. */
export type ProtocolErrorCode =
  | "BAD_MAGIC"
  | "BODY_TOO_LARGE"
  | "UNKNOWN_TYPE"
  | "MISSING_ARGUMENT"
  | "ARGUMENT_TOO_LONG"
  | "NUL_IN_ARGUMENT"
  | "LINE_TOO_LONG";

const HEAD_BYTES = 12;

/**
 * The bytes are not, or must not become, a Gearman message. After a decoder has thrown it, the stream cannot
 * be resynchronised: close the connection. The text contains at most the first twelve bytes.
 */
export class ProtocolError extends Error {
  override readonly name: string = "ProtocolError";
  readonly code: ProtocolErrorCode;
  /** At most the first twelve bytes (one packet header) of the refused bytes, as hex. */
  readonly headHex: string;

  constructor(code: ProtocolErrorCode, bytes: Uint8Array, options?: ErrorOptions) {
    const headHex = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString("hex");
    super(`${code}: message starts with ${headHex || "nothing"}`, options);
    this.code = code;
    this.headHex = headHex;
  }
}
