import { printable } from "@mod-gearman/base";
import type { Warning } from "./loaded.ts";

/** Closed list of reasons why a configuration cannot be used. */
export type ConfigErrorCode =
  | "UNREADABLE_FILE"
  | "TOO_DEEP"
  | "BAD_VALUE"
  | "NO_SERVER"
  | "NO_QUEUE"
  | "NO_KEY"
  | "BAD_LINE"
  | "NO_HOST";

/** The configuration cannot be used. `message` is one line for users and never contains a secret. */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
  readonly code: ConfigErrorCode;
  /** `command line`, `<file>:<line>`, or empty for the configuration as a whole. */
  readonly where: string;
  /** Exit code of the program: 2 worker and bridge, 1 gearmand, 3 tools; 2 with `--check-config`. */
  readonly exitCode: number;
  /** Collected before the error. */
  readonly warnings: readonly Warning[];
  /** Usage text to print after the message; tools only. */
  readonly help?: string;

  constructor(
    code: ConfigErrorCode,
    text: string,
    at: { where?: string; exitCode: number; warnings?: readonly Warning[]; help?: string },
    options?: ErrorOptions,
  ) {
    super(printable(text), options);
    this.code = code;
    this.where = printable(at.where ?? "");
    this.exitCode = at.exitCode;
    this.warnings = at.warnings ?? [];
    if (at.help !== undefined) this.help = at.help;
  }
}
