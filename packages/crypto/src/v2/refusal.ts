/**
 * Why a message is refused: the closed list of all programs, for logs and metrics.
 *
 * Read from the bytes alone (`EnvelopeOpener`): TOO_SHORT, TOO_LONG, WRONG_DIRECTION, UNKNOWN_KEY, REVOKED, NOT_AUTHENTIC,
 * NUL_IN_TEXT. Decided by what a program knows besides: the other ones. Source: envelope-v2.md 6.
 */
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** In the order of envelope-v2.md 6. */
export const REFUSAL_REASONS = [
  "NOT_SEALED_V2",
  "TOO_SHORT",
  "TOO_LONG",
  "WRONG_DIRECTION",
  "UNKNOWN_KEY",
  "REVOKED",
  "NOT_AUTHENTIC",
  "NUL_IN_TEXT",
  "MALFORMED",
  "OUT_OF_TIME",
  "REPLAYED",
  "NOT_IN_FLIGHT",
  "WRONG_OBJECT",
  "NOT_ALLOWED",
] as const;

const texts: Readonly<Record<RefusalReason, string>> = {
  NOT_SEALED_V2: "the message is in the legacy form",
  TOO_SHORT: "the message is shorter than an envelope",
  TOO_LONG: "the message is longer than one of its kind may be",
  WRONG_DIRECTION: "the message was sealed for another direction",
  UNKNOWN_KEY: "the key that the message names is not in use here",
  REVOKED: "the sender of the message has been revoked",
  NOT_AUTHENTIC: "the message was damaged or forged, or was sealed for another queue",
  NUL_IN_TEXT: "the text of the message contains a NUL byte",
  MALFORMED: "the text of the message lacks a required line",
  OUT_OF_TIME: "the message is too old, or from the future",
  REPLAYED: "the message has been taken already",
  NOT_IN_FLIGHT: "the result belongs to no job under way",
  WRONG_OBJECT: "the result is for another host or service than its job",
  NOT_ALLOWED: "the sender may not report for this queue, host or service",
};

/** One line for a log, without the reason's name; contains nothing of the message. */
export function refusalText(reason: RefusalReason): string {
  return texts[reason];
}
