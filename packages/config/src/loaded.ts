/** A message about a configuration for its administrator; never fatal, never contains a secret. */
export interface Warning {
  readonly text: string;
  /** `command line`, `module arguments` or `<file>:<line>`. */
  readonly where: string;
  readonly level: "warn" | "info" | "debug";
  /**
   * About the configuration as a whole and true at every call: a program that is called repeatedly reports it with
   * `--check-config` and `debug` only, because cron mails its output.
   */
  readonly isAdvice?: true;
}

/** One option in effect, printable: secrets are shown as `set (<n> bytes)`. */
export interface EffectiveValue {
  readonly option: string;
  readonly value: string;
  /** As {@link Warning.where}, or `default`; several positions of a list are joined with `, `. */
  readonly where: string;
}

export interface Loaded<T> {
  readonly options: T;
  readonly warnings: Warning[];
  /** Canonical option name to its source; options with their default are absent. */
  readonly sources: Map<string, string>;
  /** In the order of the option table. */
  readonly effective: readonly EffectiveValue[];
  /** `--check-config` was given: print the report and end. */
  readonly checkConfig: boolean;
}

/** The part of `Stats` of node:fs that determines who may read a file. */
export interface FileStats {
  readonly mode: number;
  readonly uid: number;
  readonly gid?: number;
}

export interface LinkStats {
  readonly target: string;
  readonly uid: number;
}

/** The environment of a loader. {@link nodeFiles} is the real one. */
export interface LoadDeps {
  /** @throws Error with the `code` of node:fs */
  readFile(path: string): Buffer;
  readDir(path: string): { name: string; isDirectory: boolean }[];
  isDirectory(path: string): boolean;
  /** Mode and owner of a regular file, links followed; undefined for other files. Absent: unknown for every file. */
  statsOf?(path: string): FileStats | undefined;
  /** Mode and owner of a folder, links followed; undefined for everything else. Absent: unknown for every folder. */
  folderStatsOf?(path: string): FileStats | undefined;
  /** Where a link leads, as an absolute path, and its owner; undefined for everything else. Absent: no path is known to be a link. */
  linkOf?(path: string): LinkStats | undefined;
  /** Effective user of the program. */
  readonly userId?: number | undefined;
  /** Environment variables: defaults of gearmand and gearman_top, systemd's credentials. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Host name, the default of the worker's `identifier`. */
  hostname?(): string;
}
