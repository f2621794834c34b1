import type { Clock, PluginOutcome } from "@mod-gearman/base";
import type { Logger } from "@mod-gearman/observe";
import type { PerlFile } from "./perl-files.ts";

export interface EpnSettings {
  /** Absolute path. */
  readonly script: string;
  /** Default `perl`, searched in PATH. */
  readonly perl?: string;
  /** Keep compiled plugins (`-c`). */
  readonly keepCompiled: boolean;
  /** Log lines of the server: 0 errors, 1 more, 2 every run. */
  readonly verbosity: 0 | 1 | 2;
}

export interface EpnOrder {
  readonly file: PerlFile;
  /** Without the program name. */
  readonly args: readonly Buffer[];
  /** Added to the environment of this process. */
  readonly env: readonly (readonly [Buffer, Buffer])[];
  /** From the call of `run`. */
  readonly timeoutMs: number;
  /** Limit for each of stdout and stderr. */
  readonly maxOutputBytes: number;
}

/** The server did not run the plugin to its end: the caller runs it as a program. */
export interface Unavailable {
  readonly unavailable: string;
}

export type EpnOutcome = PluginOutcome | Unavailable;

/** Runs plugins in a Perl interpreter that compiles them once, in a separate process that is restarted if it ends. */
export interface Epn {
  /** Number of plugins that are running or being killed. */
  readonly active: number;
  /** Starts the server. Resolves with true when it is ready, with false if this attempt has failed; others follow. */
  start(): Promise<boolean>;
  /**
   * Runs a plugin. Never throws.
   * @returns undefined if `done` will be called once, after this has returned; else why it must be run as a program
   */
  run(order: EpnOrder, done: (outcome: EpnOutcome) => void): Unavailable | undefined;
  /** Applies settings: a new server takes over once it is ready, the old one ends after its running plugins. */
  reload(settings: EpnSettings): void;
  /** Ends every plugin: TERM to its group, KILL a second later. Their outcomes have `aborted`. */
  abortAll(how?: "at once"): Promise<void>;
  /** Accepts no further plugins and ends the server once the last one has ended, at the latest after 60 s. */
  drain(): Promise<void>;
  /** Ends the server with its running plugins and removes its folder. */
  close(): Promise<void>;
  /** The process crashes: kills servers and plugins. Does not wait. */
  abandon(): void;
  /** One line per server. */
  describe(): string[];
}

export type EpnClock = Pick<Clock, "setTimeout" | "clearTimeout" | "monotonicMs">;

export interface EpnOptions extends EpnSettings {
  readonly logger: Logger;
  readonly clock?: EpnClock;
  /** Parent of the folder with the socket. Default: the folder for temporary files. */
  readonly folder?: string;
  /** Environment of the server and of its plugins. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Limit for the start of a server. Default 30 s. */
  readonly startTimeoutMs?: number;
}
