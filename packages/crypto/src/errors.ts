export type CryptoErrorCode =
  | "MALFORMED_BASE64"
  | "TOO_SHORT"
  | "PARTIAL_BLOCK"
  | "EMPTY"
  | "MISSING_KEY"
  | "EMPTY_KEY";

const texts: Readonly<Record<CryptoErrorCode, string>> = {
  MALFORMED_BASE64: "the payload is not base64",
  TOO_SHORT: "the payload is shorter than one cipher block",
  PARTIAL_BLOCK: "the payload does not end with a whole cipher block",
  EMPTY: "the payload is empty",
  MISSING_KEY: "encryption is on but there is no key",
  EMPTY_KEY: "the encryption key is empty",
};

/** A payload that cannot be opened, or a key that cannot be used. The message contains neither. */
export class CryptoError extends Error {
  override readonly name: string = "CryptoError";
  readonly code: CryptoErrorCode;
  /** TOO_SHORT, PARTIAL_BLOCK: bytes after base64. */
  readonly payloadBytes?: number;

  constructor(code: CryptoErrorCode, options?: ErrorOptions & { payloadBytes?: number }) {
    super(`${code}: ${texts[code]}`, options);
    this.code = code;
    if (options?.payloadBytes !== undefined) this.payloadBytes = options.payloadBytes;
  }
}
