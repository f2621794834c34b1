import {
  type CheckObserver,
  type MetricsServer,
  noObserver,
  type ServeMetrics,
  type WorkerFigures,
} from "./metrics.ts";

/** Keeps the metrics at the address that the settings name; counters go on from 0 at a new one. */
export class MetricsKeeper {
  readonly #serve: ServeMetrics;
  #server: MetricsServer | undefined;

  constructor(serve: ServeMetrics) {
    this.#serve = serve;
  }

  /**
   * Listens at `address`, then leaves the old one; without address just leaves.
   * @returns who wants to know about checks
   * @throws the system's error; the old address stays then
   */
  async move(address: string | undefined, figures: () => WorkerFigures): Promise<CheckObserver> {
    if (address === this.#server?.address) return this.#server ?? noObserver;
    const server = address === undefined ? undefined : await this.#serve(address, figures);
    this.#server?.close();
    this.#server = server;
    return server ?? noObserver;
  }

  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }
}
