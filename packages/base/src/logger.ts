/** Severity of a log line, most severe first. */
export type LogLevel = "error" | "warn" | "info" | "debug" | "trace";

/**
 * Port that packages log through; those that need less take a `Pick` of it. Keys and payloads are never passed to it.
 * `createLogger` of `@mod-gearman/observe` is the usual implementation.
 */
export interface Logger {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
  trace(text: string): void;
  /** Call it before building an expensive text. */
  isEnabled(level: LogLevel): boolean;
}

const ignore = () => undefined;

/** Writes nothing and has no level enabled. */
export const nullLogger: Logger = {
  error: ignore,
  warn: ignore,
  info: ignore,
  debug: ignore,
  trace: ignore,
  isEnabled: () => false,
};
