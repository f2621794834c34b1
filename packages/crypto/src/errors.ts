/** Every reason for which this package refuses a payload or a key. */
export type CryptoErrorCode = "MALFORMED_BASE64" | "TOO_SHORT" | "EMPTY" | "MISSING_KEY" | "EMPTY_KEY";

const texts: Readonly<Record<CryptoErrorCode, string>> = {
  MALFORMED_BASE64: "the payload is not base64",
  TOO_SHORT: "the payload is shorter than one cipher block",
  EMPTY: "the payload is empty",
  MISSING_KEY: "encryption is on but there is no key",
  EMPTY_KEY: "the encryption key is empty",
};

/** A payload that cannot be opened, or a key that cannot be used. The text carries neither. */
export class CryptoError extends Error {
  override readonly name: string = "CryptoError";
  readonly code: CryptoErrorCode;

  constructor(code: CryptoErrorCode, options?: ErrorOptions) {
    super(`${code}: ${texts[code]}`, options);
    this.code = code;
  }
}
