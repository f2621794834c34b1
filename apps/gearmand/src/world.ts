import type { LoadDeps } from "@mod-gearman/config";
import type { createJobStore } from "@mod-gearman/job-store";
import type { ServiceManager } from "@mod-gearman/program";
import type { JobServer, JobServerOptions } from "@mod-gearman/server";
import type { LogWorld } from "./log.ts";
import type { SystemCalls } from "./system-limits.ts";

/** What signals ask for. `stop`: at once; `drain`: when no job is left; `reopen`: the log file. */
export type Wish = "stop" | "drain" | "reopen";

/**
 * Everything that the program needs from outside. `main.ts` makes the real one, tests make their own. A part that needs less
 * takes a `Pick` of it.
 */
export interface World extends LogWorld {
  /** Arguments without interpreter and script. */
  readonly argv: readonly string[];
  readonly files: LoadDeps;
  /** Whether there is a way to syslog. */
  hasLogger(): boolean;
  print(text: string): void;
  /** The time of day, milliseconds since 1970. */
  wallMs(): number;
  readonly version: string;
  /** Soft limit of open files now, undefined if unlimited. */
  readonly openFilesLimit: number | undefined;
  /** The native addon, loaded at the first call. */
  systemCalls(): SystemCalls;
  /** @throws UserError */
  becomeUser(user: string): void;
  /** Starts this program again in the background; resolves with the exit code for this process. */
  detach(): Promise<number>;
  /** True in the process that `detach` has started. */
  readonly isDetached: boolean;
  /** Called when clients can connect. */
  listening(): void;
  /** Returns the memory of large buffers that are not used any more to the system. */
  collectGarbage(): void;
  readonly service: ServiceManager;
  onWish(handler: (wish: Wish) => void): void;
  createJobServer(options: JobServerOptions): JobServer;
  readonly createJobStore: typeof createJobStore;
}
