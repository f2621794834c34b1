import type { AdminEndpoint } from "@mod-gearman/admin-http";
import type { Clock, Logger, Timer } from "@mod-gearman/base";

/** A previous bridge may still listen on the address until its end. */
const RETRY_MS = 10_000;

interface PageListenerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the log: `metrics`, `pages`. */
  readonly what: string;
  /** @throws RangeError if it is not an address; the system's error */
  readonly serve: (address: string) => Promise<AdminEndpoint>;
}

/** Serves something over HTTP at the address of the settings, over reloads. Checks never wait for it. */
export class PageListener {
  readonly #options: PageListenerOptions;
  #wanted: string | undefined;
  #endpoint: AdminEndpoint | undefined;
  #retry: Timer | undefined;

  constructor(options: PageListenerOptions) {
    this.#options = options;
  }

  /** @param address undefined: nothing is served */
  use(address: string | undefined): void {
    if (address === this.#wanted) return;
    this.#wanted = address;
    this.#stopRetry();
    if (address === undefined) this.#replaceBy(undefined);
    else void this.#listen(address, true);
  }

  close(): void {
    this.use(undefined);
  }

  async #listen(address: string, isFirst: boolean): Promise<void> {
    const { clock, logger, serve, what } = this.#options;
    try {
      const endpoint = await serve(address);
      if (this.#wanted === address) this.#replaceBy(endpoint);
      else endpoint.close();
    } catch (error) {
      if (this.#wanted !== address) return;
      const why = error instanceof Error ? error.message : String(error);
      if (isFirst) logger.error(`${what} are not served at ${address}: ${why}`);
      if (error instanceof RangeError) return; // not an address: retries would not help
      this.#retry = clock.setTimeout(() => void this.#listen(address, false), RETRY_MS);
    }
  }

  #replaceBy(endpoint: AdminEndpoint | undefined): void {
    const { logger, what } = this.#options;
    this.#endpoint?.close();
    this.#endpoint = endpoint;
    if (endpoint !== undefined) logger.info(`${what} are served at ${endpoint.address}`);
  }

  #stopRetry(): void {
    if (this.#retry !== undefined) this.#options.clock.clearTimeout(this.#retry);
    this.#retry = undefined;
  }
}
