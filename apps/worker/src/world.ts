import type { Clock } from "@mod-gearman/base";
import type { LoadDeps, WorkerOptions } from "@mod-gearman/config";
import type { ServiceManager } from "@mod-gearman/program";
import type { Runner } from "@mod-gearman/runner";
import type { CgroupFiles } from "./cgroup-files.ts";
import type { ConnectionFactories } from "./connections.ts";
import type { Machine } from "./guards.ts";
import type { HealthFiles } from "./health-file.ts";
import type { OpenedJournal } from "./job-journal.ts";
import type { KeyRenewalWorld } from "./key-renewal.ts";
import type { LogTarget, StandardStreams } from "./log-target.ts";
import type { ServeMetrics } from "./metrics.ts";
import type { CreateEpn } from "./perl-keeper.ts";

import type { SettingsWorld } from "./settings.ts";
import type { ResultSpools } from "./spool-location.ts";

/** Signals the worker obeys. Source: worker.md 8.4; USR2: decision 33. */
export type WorkerSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGUSR1" | "SIGUSR2";

/**
 * Everything that the program needs from outside: process, machine, files, connections. `main.ts` makes the real one, tests
 * make their own. A part that needs less takes a `Pick` of it.
 */
export interface World extends ConnectionFactories, SettingsWorld {
  /** Arguments without interpreter and script. */
  readonly argv: readonly string[];
  readonly files: LoadDeps;
  readonly streams: StandardStreams & { readonly stdout: { write(chunk: string | Buffer): boolean } };
  readonly log: LogTarget;
  readonly version: string;
  /** Shown in the version text. */
  readonly runtime: string;
  readonly pid: number;
  /** 0 for root. */
  readonly userId: number;
  /** True if log lines can be sent to syslog. */
  hasLogger(): boolean;
  /** Starts this program again, detached; resolves with the exit code for this process. */
  detach(): Promise<number>;
  /** True in the process that `detach` has started. */
  readonly isDetached: boolean;
  /** Called once nothing can fail any more that ends a start; the process that waits in `detach` then ends. */
  ready(): void;
  readonly service: ServiceManager;
  /** Calls `handler` for every signal until the returned function is called. */
  onSignal(handler: (signal: WorkerSignal) => void): () => void;
  /** Calls `handler` when the process is about to end by a defect. */
  onCrash(handler: () => void): void;
  readonly clock: Clock;
  readonly machine: Machine;
  readonly cgroups: CgroupFiles;
  readonly runner: Runner;
  /**
   * Hides the memory of this process from plugins of the same user.
   *
   * @returns why that is not possible
   */
  hideMemory(): string | undefined;
  readonly createEpn: CreateEpn;
  readonly spools: ResultSpools;
  readonly writeKeys: KeyRenewalWorld["writeKeys"];
  readonly healthFiles: HealthFiles;
  openJournal(options: WorkerOptions): OpenedJournal;
  readonly serveMetrics: ServeMetrics;
}
