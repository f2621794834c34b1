export type KeyFileErrorCode =
  | "NOT_A_SETTING"
  | "UNKNOWN_KEY"
  | "REPEATED"
  | "MISSING"
  | "WRONG_TYPE"
  | "BAD_SECRET"
  | "BAD_EPOCH"
  | "BAD_NAME"
  | "BAD_QUEUE"
  | "TOO_LONG"
  | "INCOMPLETE";

const texts: Readonly<Record<KeyFileErrorCode, string>> = {
  NOT_A_SETTING: "a line without key and value",
  UNKNOWN_KEY: "a key that this file does not have",
  REPEATED: "a key for the second time",
  MISSING: "a key is missing",
  WRONG_TYPE: "another type of file",
  BAD_SECRET: "a secret is not 64 hexadecimal digits",
  BAD_EPOCH: "an epoch is not a number from 1 to 65535, or there are too many",
  BAD_NAME: "a name is not 1 to 128 letters, digits and ._@-",
  BAD_QUEUE: "a queue is not 1 to 511 bytes long",
  TOO_LONG: "too many lines",
  INCOMPLETE: "the list does not end with a line feed, or goes on behind the line 'end'",
};

/** A file with keys or identities that cannot be used. Its message holds nothing of the file. */
export class KeyFileError extends Error {
  override readonly name: string = "KeyFileError";
  readonly code: KeyFileErrorCode;
  /** From 1. */
  readonly line: number;

  constructor(code: KeyFileErrorCode, line: number) {
    super(`line ${line}: ${texts[code]}`);
    this.code = code;
    this.line = line;
  }
}
