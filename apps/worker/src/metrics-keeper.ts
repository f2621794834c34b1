import {
  type CheckObserver,
  type MetricsServer,
  noObserver,
  type ServeMetrics,
  type WorkerFigures,
} from "./metrics.ts";

/** A new address that listens already, beside the old one. */
export interface MetricsMove {
  /** Leaves the old address. @returns who wants to know about checks */
  commit(): CheckObserver;
  /** Leaves the new one. */
  cancel(): void;
}

/** Keeps the metrics at the address that the settings name. */
export class MetricsKeeper {
  readonly #serve: ServeMetrics;
  #server: MetricsServer | undefined;

  constructor(serve: ServeMetrics) {
    this.#serve = serve;
  }

  /**
   * Listens at `address`; without one there will be no metrics.
   * @throws the system's error
   */
  async prepare(address: string | undefined, figures: () => WorkerFigures): Promise<MetricsMove> {
    const old = this.#server;
    if (address === old?.address) return { commit: () => old ?? noObserver, cancel: () => undefined };
    const server = address === undefined ? undefined : await this.#serve(address, figures);
    return {
      commit: () => {
        old?.close();
        this.#server = server;
        return server ?? noObserver;
      },
      cancel: () => server?.close(),
    };
  }

  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }
}
