import {
  type CheckObserver,
  type MetricsServer,
  noObserver,
  type ServeMetrics,
  type WorkerFigures,
} from "./metrics.ts";

/** A new address that is listening already, beside the old one. */
export interface MetricsMove {
  /** Closes the old address. @returns the observer of checks */
  commit(): CheckObserver;
  cancel(): void;
}

/** Serves the metrics at the address of the settings, over reloads. */
export class MetricsKeeper {
  readonly #serve: ServeMetrics;
  #server: MetricsServer | undefined;

  constructor(serve: ServeMetrics) {
    this.#serve = serve;
  }

  /**
   * Listens at `address`; undefined: no metrics.
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
