import { type Clock, codeOf, type Logger, type Timer } from "@mod-gearman/base";
import { KeyFileError } from "@mod-gearman/crypto";
import { rateLimited } from "@mod-gearman/observe";

/** A revocation counts at most this much later. */
const EVERY_MS = 2000;
const LOG_EVERY_MS = 60_000;

export interface IdentityWatchOptions {
  readonly path: string;
  /** Content in use. */
  readonly content: Buffer;
  /** @throws Error with the `code` of node:fs */
  readonly readFile: (path: string) => Buffer;
  /** Takes a changed list. @throws KeyFileError; the former one stays in use then */
  readonly use: (content: Buffer) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Reads the list of identities again when it has changed, so that a revocation needs no reload of the core. */
export class IdentityWatch {
  readonly #options: IdentityWatchOptions;
  readonly #problem: (text: string) => void;
  #content: Buffer;
  #timer: Timer | undefined;

  constructor(options: IdentityWatchOptions) {
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
    const { path, readFile, use, logger } = this.#options;
    try {
      const content = readFile(path);
      if (content.equals(this.#content)) return;
      use(content);
      this.#content = content;
      logger.info(`${path} was read again`);
    } catch (error) {
      const why = error instanceof KeyFileError ? error.message : codeOf(error) || String(error);
      this.#problem(`${path} cannot be used, the former list stays in effect: ${why}`);
    }
  }
}
