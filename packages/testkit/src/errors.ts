export type TestkitErrorCode =
  | "NO_GEARMAND"
  | "GEARMAND_FAILED"
  | "NO_STORE_SERVER"
  | "NO_VECTORS"
  | "TIMEOUT"
  | "CLOSED"
  | "NOT_BUILT"
  | "NOT_TAGGED";

/** A fixture failed; the test that used it fails with this text. */
export class TestkitError extends Error {
  override readonly name: string = "TestkitError";
  readonly code: TestkitErrorCode;

  constructor(code: TestkitErrorCode, text: string, options?: ErrorOptions) {
    super(`${code}: ${text}`, options);
    this.code = code;
  }
}
