import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MetricsServer, WorkerFigures } from "./metrics.ts";
import { WorkerMetrics } from "./worker-metrics.ts";

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 32;

/**
 * Serves `/metrics` over HTTP in the text format of Prometheus or, if requested, of OpenMetrics. Counters are kept when the
 * address changes. Source: worker.md 8.3.
 */
export class MetricsService {
  #metrics: WorkerMetrics | undefined;

  /** @throws RangeError if it is not an address; the system's error, e.g. EADDRINUSE */
  readonly serve = async (address: string, figures: () => WorkerFigures): Promise<ListeningServer> => {
    this.#metrics ??= new WorkerMetrics(figures);
    const metrics = this.#metrics;
    const server = createServer((request, response) => void answer(metrics, request, response));
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.maxConnections = MAX_CONNECTIONS;
    const { host, port } = parseAddress(address);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    server.removeAllListeners("error").on("error", () => undefined); // errors of single connections
    return {
      address,
      port: (server.address() as AddressInfo).port,
      checkEnded: (type, execution) => metrics.checkEnded(type, execution),
      close: () => {
        server.close();
        server.closeAllConnections();
      },
    };
  };
}

/** Metrics that are being served, and the port in use. */
export interface ListeningServer extends MetricsServer {
  readonly port: number;
}

async function answer(
  metrics: WorkerMetrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path] = (request.url ?? "").split("?");
  if (path !== "/metrics" || (request.method !== "GET" && request.method !== "HEAD")) {
    response.writeHead(path === "/metrics" ? 405 : 404, { "content-type": "text/plain" });
    response.end(`${path === "/metrics" ? "GET only" : "see /metrics"}\n`);
    return;
  }
  try {
    const wantsOpen = (request.headers.accept ?? "").includes("application/openmetrics-text");
    const { contentType, text } = await metrics.print(wantsOpen);
    response.writeHead(200, { "content-type": contentType });
    response.end(text);
  } catch (error) {
    response.writeHead(500, { "content-type": "text/plain" });
    response.end(`${error}\n`);
  }
}

/** `host:port`, `[v6]:port`, `:port` and `port`. @throws RangeError */
function parseAddress(text: string): { host: string | undefined; port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$|^(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3] ?? parts?.[4]);
  if (parts === null || port > 65_535) throw new RangeError(`${text} is not HOST:PORT`);
  const host = parts[1] ?? parts[2] ?? "";
  return { host: host === "" ? undefined : host, port };
}
