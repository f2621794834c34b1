export type PayloadErrorCode = "NOT_A_JOB" | "NO_COMMAND" | "MISSING_HOST_NAME" | "MISSING_OUTPUT";

const texts: Readonly<Record<PayloadErrorCode, string>> = {
  NOT_A_JOB: "the text does not start with type=, check the encryption settings",
  NO_COMMAND: "the job has no command_line",
  MISSING_HOST_NAME: "the result has no host_name, check the encryption settings",
  MISSING_OUTPUT: "the result has no output, check the encryption settings",
};

/** A text that is not a job or a check result, often because of a wrong key. The message never quotes the text. */
export class PayloadError extends Error {
  override readonly name: string = "PayloadError";
  readonly code: PayloadErrorCode;

  constructor(code: PayloadErrorCode, options?: ErrorOptions) {
    super(`${code}: ${texts[code]}`, options);
    this.code = code;
  }
}
