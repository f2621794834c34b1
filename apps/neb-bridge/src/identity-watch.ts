import { type Clock, codeOf, type Logger, type Timer } from "@mod-gearman/base";
import { withoutSecret } from "@mod-gearman/config";
import { IdentityList, KeyFileError } from "@mod-gearman/crypto";
import { rateLimited } from "@mod-gearman/observe";

/** A revocation counts at most this much later. */
const EVERY_MS = 2000;
/** A changed list without end line must stay the same that long: it may be half of what is being written. */
const SETTLED_MS = 500;
const LOG_EVERY_MS = 60_000;

export interface IdentityWatchOptions {
  readonly path: string;
  /** Content in use. */
  readonly content: Buffer;
  /** @throws Error with the `code` of node:fs */
  readonly readFile: (path: string) => Buffer;
  /** Why the file is not to be trusted. */
  readonly problemOf: (path: string) => string | undefined;
  /** Takes a changed list. @throws KeyFileError; the former one stays in use then */
  readonly use: (content: Buffer) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads the list of identities again when it has changed, so that a revocation needs no reload of the core. Half of a list is not
 * taken: one that ends with `end` is taken at once, and from then on none without it; others when they stay the same for a while.
 */
export class IdentityWatch {
  readonly #options: IdentityWatchOptions;
  readonly #problem: (text: string) => void;
  #content: Buffer;
  #wasClosed: boolean;
  /** A changed list that is looked at once more. */
  #unsettled: Buffer | undefined;
  #timer: Timer | undefined;

  constructor(options: IdentityWatchOptions) {
    const { clock, logger, content } = options;
    this.#options = options;
    this.#content = content;
    this.#wasClosed = new IdentityList(content).isClosed;
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
    this.#timer = this.#options.clock.setTimeout(
      () => {
        this.look();
        this.#arm();
      },
      this.#unsettled === undefined ? EVERY_MS : SETTLED_MS,
    );
  }

  /** Now. */
  look(): void {
    const { path, readFile, problemOf } = this.#options;
    const before = this.#unsettled;
    this.#unsettled = undefined;
    try {
      const content = readFile(path);
      if (content.equals(this.#content)) return;
      const problem = problemOf(path);
      if (problem === undefined) this.#take(content, before);
      else this.#complain(problem);
    } catch (error) {
      this.#complain(error instanceof KeyFileError ? error.message : codeOf(error) || String(error));
    }
  }

  /** @param before what it was at the look before, if it was to be looked at once more */
  #take(content: Buffer, before: Buffer | undefined): void {
    const { path, use, logger } = this.#options;
    const { isClosed } = new IdentityList(content);
    if (this.#wasClosed && !isClosed) {
      this.#complain("its last line is not 'end' any more");
      return;
    }
    if (!isClosed && before?.equals(content) !== true) {
      this.#unsettled = content;
      return;
    }
    use(content);
    this.#content = content;
    this.#wasClosed = isClosed;
    logger.info(`${withoutSecret(path)} was read again`);
  }

  #complain(why: string): void {
    const path = withoutSecret(this.#options.path);
    this.#problem(`${path} cannot be used, the former list stays in effect: ${why}`);
  }
}
