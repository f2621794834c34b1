import type { WarningCollector } from "./warning-collector.ts";

/** One place where an option was given. */
export interface Entry {
  /** latin1, trimmed; undefined when there was no `=`. */
  readonly text: string | undefined;
  readonly where: string;
  /** Folder that relative paths in the value start from; undefined: the working directory. */
  readonly folder: string | undefined;
}

/** Everything said about one option, in order: the input of its field in the schema. */
export interface Given {
  readonly option: string;
  readonly entries: readonly Entry[];
  readonly warnings: WarningCollector;
}
