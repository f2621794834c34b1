import { serveMetrics } from "@mod-gearman/admin-http";
import type { MetricsServer, WorkerFigures } from "./metrics.ts";
import { WorkerMetrics } from "./worker-metrics.ts";

/** Serves the metrics of a worker. Counters are kept when the address changes. Source: worker.md 8.3. */
export class MetricsService {
  #metrics: WorkerMetrics | undefined;

  /** @throws RangeError if it is not an address; the system's error, e.g. EADDRINUSE */
  readonly serve = async (address: string, figures: () => WorkerFigures): Promise<ListeningServer> => {
    this.#metrics ??= new WorkerMetrics(figures);
    const metrics = this.#metrics;
    const { port, close } = await serveMetrics(address, (openMetrics) => metrics.print(openMetrics));
    return {
      address,
      port,
      checkEnded: (type, execution) => metrics.checkEnded(type, execution),
      close,
    };
  };
}

/** Metrics that are being served, and the port in use. */
export interface ListeningServer extends MetricsServer {
  readonly port: number;
}
