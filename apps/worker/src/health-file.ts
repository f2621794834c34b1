import type { Clock, Logger } from "@mod-gearman/base";
import { rateLimited } from "@mod-gearman/observe";

/** What {@link HealthFile} needs from the system. */
export interface HealthFiles {
  /** Replaces the content of a file, so that a reader sees the old text or the new one. May throw. */
  replace(path: string, text: string): void;
  /** May throw. */
  remove(path: string): void;
}

/** State of a worker for those who start and stop it. */
export type Health = "ready" | "draining" | "revoked" | "stopping" | "no job server" | "no slot";

const LOOK_MS = 1000;
/** Period of the sign of life. */
const BEAT_MS = 10_000;
const LOG_EVERY_MS = 60_000;

/**
 * A file for health checks of containers: one line with the state, written when it changes and every ten seconds, so that an old
 * file means a worker that hangs. A file that cannot be written is logged and tried again.
 */
export class HealthFile {
  readonly #files: HealthFiles;
  readonly #clock: Clock;
  readonly #health: () => Health;
  readonly #complain: (text: string) => void;
  #path: string | undefined;
  #timer: unknown;
  #written: { readonly health: Health; readonly atMs: number } | undefined;

  /** @param health looked at every second */
  constructor(
    health: () => Health,
    { files, clock, logger }: { readonly files: HealthFiles; readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#health = health;
    this.#files = files;
    this.#clock = clock;
    this.#complain = rateLimited(
      (text) => logger.warn(text),
      LOG_EVERY_MS,
      () => clock.monotonicMs(),
    );
  }

  /** @param path undefined: no file; a former file is removed */
  use(path: string | undefined): void {
    if (path === this.#path) return;
    this.close();
    this.#path = path;
    if (path !== undefined) this.#beat();
  }

  /** Looks at once. */
  report(): void {
    const path = this.#path;
    if (path === undefined) return;
    const health = this.#health();
    const atMs = this.#clock.monotonicMs();
    if (this.#written?.health === health && atMs - this.#written.atMs < BEAT_MS) return;
    this.#written = { health, atMs };
    this.#try(() => this.#files.replace(path, `${health}\n`));
  }

  /** Removes the file. */
  close(): void {
    const path = this.#path;
    if (path !== undefined) this.#clock.clearTimeout(this.#timer as never);
    if (path !== undefined && this.#written !== undefined) this.#try(() => this.#files.remove(path));
    this.#path = undefined;
    this.#written = undefined;
  }

  #beat(): void {
    this.report();
    this.#timer = this.#clock.setTimeout(() => this.#beat(), LOOK_MS);
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#complain(`health_file: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
