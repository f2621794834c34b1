import type { AdminEndpoint } from "@mod-gearman/admin-http";
import type { Clock } from "@mod-gearman/base";
import type { LoadDeps } from "@mod-gearman/config";
import type { MakeMessageCipher } from "@mod-gearman/crypto";
import type { LogSink } from "@mod-gearman/observe";
import type { Micros } from "@mod-gearman/payload";
import type { ServiceManager } from "@mod-gearman/program";

import type { AdminSource } from "./admin-pages.ts";
import type { BridgeFigures } from "./bridge-figures.ts";

/** Actions of signals: SIGTERM and SIGINT `stop`, SIGHUP `reopen` (the log file), SIGUSR1 `dump`. */
type BridgeSignal = "stop" | "reopen" | "dump";

/**
 * Everything that the program needs from outside. `main.ts` makes the real one, tests make their own. A part that needs less
 * takes a `Pick` of it.
 */
export interface World {
  /** Arguments without interpreter and script. */
  readonly argv: readonly string[];
  readonly files: LoadDeps;
  readonly version: string;
  readonly pid: number;
  readonly hostName: string;
  readonly workingFolder: string;
  print(text: string): void;
  printError(text: string): void;
  /** Standard error: the core's log, while the module that started the bridge reads it, or a journal. */
  readonly ownLog: LogSink;
  /** Standard output, for `logmode=stdout`. */
  readonly outputLog: LogSink;
  /** True if log lines can be sent to syslog. */
  hasLogger(): boolean;
  /** Why a log file cannot be written; undefined if no reason can be seen. */
  logFileProblem(path: string): string | undefined;
  readonly clock: Clock;
  /** Time of day, microseconds since 1970. */
  nowMicros(): Micros;
  /** The same clock in whole milliseconds, as a number: cheaper, for what asks several times a check. */
  readonly nowMs?: (() => number) | undefined;
  /** Serves metrics; resolves when it listens. @throws RangeError if it is not an address; the system's error */
  serveMetrics(address: string, figures: () => BridgeFigures): Promise<AdminEndpoint>;
  /** Serves the pages of `admin-listen`, the metrics among them; as `serveMetrics`. */
  serveAdmin(address: string, source: AdminSource): Promise<AdminEndpoint>;
  isAlive(pid: number): boolean;
  readonly service: ServiceManager;
  /** A faster cipher than that of `node:crypto`, if this machine has one. */
  readonly messageCipher?: (() => MakeMessageCipher | undefined) | undefined;
  /** Hides the memory of this process from others of its user. @returns why that is not possible */
  hideMemory(): string | undefined;
  onSignal(handler: (signal: BridgeSignal) => void): void;
}
