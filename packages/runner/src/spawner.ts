import type { PluginCommand } from "@mod-gearman/addon";

/** Exit of the leader of the process group: with `code` 0–255, or by `signal` 1–64. */
export type ProcessExit =
  | { readonly code: number; readonly signal?: never }
  | { readonly signal: number; readonly code?: never };

/** Receives the events of a process. No call before `start` has resolved; after `release()` only `exit`. */
export interface ProcessListener {
  /** `chunk` may be retained. */
  data(stream: "stdout" | "stderr", chunk: Buffer): void;
  /** The leader has been reaped. Its descendants may still run and hold the streams. */
  exit(exit: ProcessExit): void;
  /** Both streams have ended: no process holds a write end. */
  end(): void;
}

/** A started process, leader of its own process group. */
export interface RunningProcess {
  readonly pid: number;
  /** Signals the whole group; 0 only tests. @returns false if no process of the group is left to signal */
  kill(signal: number): boolean;
  /** Closes the read ends. Writers get SIGPIPE; the leader is still reaped when it ends. */
  release(): void;
}

/**
 * Starts processes. Implementations connect stdin to `/dev/null`, give separate real pipes as stdout and
 * stderr, make a new process group, search `argv[0]` without a slash in the worker's own PATH (not in a PATH
 * of `env`), run scripts without `#!` with `sh`, and leak no descriptor, also when they fail.
 */
export interface Spawner {
  /** @throws SpawnError if nothing was started */
  start(command: Pick<PluginCommand, "argv" | "env">, listener: ProcessListener): Promise<RunningProcess>;
  /** Frees resources kept between starts. Running processes are not affected. */
  close(): void;
}

/** Nothing was started. `errno` is the symbolic name of the system error, e.g. `ENOENT`. */
export class SpawnError extends Error {
  override readonly name: string = "SpawnError";
  readonly code = "SPAWN_FAILED";
  readonly errno: string;
  constructor(errno: string, text: string, options?: ErrorOptions) {
    super(text, options);
    this.errno = errno;
  }
}
