import type { PluginOutcome, TimerClock } from "@mod-gearman/base";
import type { Logger } from "@mod-gearman/observe";
import type { PerlFile } from "./perl-files.ts";

/** How a server of embedded Perl is started. */
export interface EpnSettings {
  /** Absolute path of the server's script. */
  readonly script: string;
  /** Interpreter. Default `perl`, searched in PATH. */
  readonly perl?: string;
  /** Keep compiled plugins (`-c`). */
  readonly keepCompiled: boolean;
  /** What the server tells the log: 0 errors, 1 more, 2 every run. */
  readonly verbosity: 0 | 1 | 2;
}

/** One plugin for the server. */
export interface EpnOrder {
  readonly file: PerlFile;
  /** Without the program. */
  readonly args: readonly Buffer[];
  /** Laid over the environment of this process. */
  readonly env: readonly (readonly [Buffer, Buffer])[];
  /** Counted from the call. */
  readonly timeoutMs: number;
  /** Bytes kept of each of stdout and stderr. */
  readonly maxOutputBytes: number;
}

/** The server did not run the plugin to its end: it is up to the caller to run it as a program. */
export interface Unavailable {
  /** For a log. */
  readonly unavailable: string;
}

/** What came of one order. */
export type EpnOutcome = PluginOutcome | Unavailable;

/** A Perl interpreter that compiles plugins once, in a process of its own that is kept alive. */
export interface Epn {
  /** Plugins that run in it, or are being killed. */
  readonly active: number;
  /** Starts the server. Resolves when it takes plugins, or with `false` when this attempt has failed; others follow. */
  start(): Promise<boolean>;
  /**
   * Runs a plugin. Never throws.
   * @returns undefined when `done` will be called once, after this has returned; else why it is to be run as a program
   */
  run(order: EpnOrder, done: (outcome: EpnOutcome) => void): Unavailable | undefined;
  /** Other settings from now on: a new server takes over once it is ready, the old one ends after what runs in it. */
  reload(settings: EpnSettings): void;
  /** Ends every plugin: TERM to its group, KILL a second later. Their outcomes say `aborted`. */
  abortAll(how?: "at once"): Promise<void>;
  /** Takes no plugins any more, and ends the server once the last one has ended, at the latest after 60 s. */
  drain(): Promise<void>;
  /** Ends the server with all that runs in it and removes its folder. */
  close(): Promise<void>;
  /** The process crashes: kills what there is to kill. Does not wait for anything. */
  abandon(): void;
  /** The state, one line each. */
  describe(): string[];
}

/** Timers, and a clock that never goes back, in milliseconds. */
export interface EpnClock extends TimerClock {
  now(): number;
}

/** Settings and collaborators of embedded Perl. */
export interface EpnOptions extends EpnSettings {
  readonly logger: Logger;
  readonly clock?: EpnClock;
  /** Where the folder of the sockets is made. Default: the folder for temporary files. */
  readonly folder?: string;
  /** Environment of the server and with it of the plugins. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** How long a server may take to be ready. Default 30 s. */
  readonly startTimeoutMs?: number;
}
