import type { AdminEndpoint } from "@mod-gearman/admin-http";
import type { Logger, Timer } from "@mod-gearman/base";
import type { BridgeFigures } from "./bridge-figures.ts";
import type { World } from "./world.ts";

/** A previous bridge may still listen on the address until its end. */
const RETRY_MS = 10_000;

/** Serves the metrics at the address of the settings, over reloads. Checks never wait for it. */
export class MetricsListener {
  readonly #world: Pick<World, "clock" | "serveMetrics">;
  readonly #logger: Logger;
  readonly #figures: () => BridgeFigures;
  #wanted: string | undefined;
  #endpoint: AdminEndpoint | undefined;
  #retry: Timer | undefined;

  constructor(world: Pick<World, "clock" | "serveMetrics">, logger: Logger, figures: () => BridgeFigures) {
    this.#world = world;
    this.#logger = logger;
    this.#figures = figures;
  }

  /** @param address `prometheus_server`; undefined: no metrics */
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
    try {
      const endpoint = await this.#world.serveMetrics(address, this.#figures);
      if (this.#wanted === address) this.#replaceBy(endpoint);
      else endpoint.close();
    } catch (error) {
      if (this.#wanted !== address) return;
      const why = error instanceof Error ? error.message : String(error);
      if (isFirst) this.#logger.error(`metrics are not served at ${address}: ${why}`);
      if (error instanceof RangeError) return; // not an address: retries would not help
      this.#retry = this.#world.clock.setTimeout(() => void this.#listen(address, false), RETRY_MS);
    }
  }

  #replaceBy(endpoint: AdminEndpoint | undefined): void {
    this.#endpoint?.close();
    this.#endpoint = endpoint;
    if (endpoint !== undefined) this.#logger.info(`metrics are served at ${endpoint.address}`);
  }

  #stopRetry(): void {
    if (this.#retry !== undefined) this.#world.clock.clearTimeout(this.#retry);
    this.#retry = undefined;
  }
}
