import { type Clock, codeOf, type Logger, type Timer } from "@mod-gearman/base";
import { withoutSecret } from "@mod-gearman/config";
import { rateLimited } from "@mod-gearman/observe";

/** A new epoch counts at most this much later. */
const EVERY_MS = 2000;
const LOG_EVERY_MS = 60_000;
const LF = 0x0a;

export interface MasterWatchOptions {
  readonly path: string;
  /** Content in use. */
  readonly content: Buffer;
  /** @throws Error with the `code` of node:fs */
  readonly readFile: (path: string) => Buffer;
  /** Why the file protects nothing. */
  readonly problemOf: (path: string) => string | undefined;
  /** Takes a changed file. @throws Error whose message holds nothing of the file; the former one stays in use then */
  readonly use: (content: Buffer) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Reads the master file again when it has changed, so that a new epoch needs no reload of the core. */
export class MasterWatch {
  readonly #options: MasterWatchOptions;
  readonly #problem: (text: string) => void;
  #content: Buffer;
  /** Found without its last line feed at the look before. */
  #half: Buffer | undefined;
  #timer: Timer | undefined;

  constructor(options: MasterWatchOptions) {
    const { clock, logger, content } = options;
    this.#options = options;
    this.#content = content;
    this.#problem = rateLimited(
      (text) => logger.error(text),
      LOG_EVERY_MS,
      () => clock.monotonicMs(),
    );
    this.#arm();
  }

  close(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#look();
      this.#arm();
    }, EVERY_MS);
  }

  #look(): void {
    const { path, readFile, problemOf, use, logger } = this.#options;
    try {
      const content = readFile(path);
      const half = this.#half;
      this.#half = undefined;
      if (content.equals(this.#content)) return;
      if (content.at(-1) !== LF) {
        this.#half = content; // more of it may be written yet
        if (half?.equals(content) !== true) return;
        throw new Error("its last line does not end with a line feed");
      }
      const problem = problemOf(path);
      if (problem !== undefined) throw new Error(problem);
      use(content);
      this.#content = content;
      logger.info(`${withoutSecret(path)} was read again`);
    } catch (error) {
      const why = codeOf(error) || (error instanceof Error ? error.message : String(error));
      this.#problem(`${withoutSecret(path)} cannot be used, the former epochs stay in effect: ${why}`);
    }
  }
}
