/** Words of gearmand's `--verbose`, most severe first. */
export const VERBOSITY = [
  "FATAL",
  "ALERT",
  "CRITICAL",
  "ERROR",
  "WARNING",
  "NOTICE",
  "INFO",
  "DEBUG",
] as const;

export type Verbosity = (typeof VERBOSITY)[number];
