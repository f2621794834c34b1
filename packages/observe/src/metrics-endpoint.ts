import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 32;

/** All metrics as text; `openMetrics` if the scraper asks for that format. */
export type PrintMetrics = (openMetrics: boolean) => Promise<{ contentType: string; text: string }>;

/** Metrics that are being served. */
export interface MetricsEndpoint {
  /** `host:port` as in the options. */
  readonly address: string;
  /** The port in use, also for an address with port 0. */
  readonly port: number;
  close(): void;
}

/**
 * Serves `/metrics` over HTTP in the text format of Prometheus or, if requested, of OpenMetrics; resolves when it listens.
 * Source: worker.md 8.3.
 *
 * @param address `host:port`, `[v6]:port`, `:port` or `port`
 * @throws RangeError if it is not an address; the system's error, e.g. EADDRINUSE
 */
export async function serveMetrics(address: string, print: PrintMetrics): Promise<MetricsEndpoint> {
  const { createServer } = await import("node:http"); // 8 MiB with all it loads, which programs without metrics save
  const server = createServer((request, response) => void answer(print, request, response));
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
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  print: PrintMetrics,
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
    const { contentType, text } = await print(wantsOpen);
    response.writeHead(200, { "content-type": contentType });
    response.end(text);
  } catch (error) {
    response.writeHead(500, { "content-type": "text/plain" });
    response.end(`${error}\n`);
  }
}

/** Whether metrics can be served at `address`: `host:port`, `[v6]:port`, `:port` or `port`. */
export function isMetricsAddress(address: string): boolean {
  try {
    parseAddress(address);
    return true;
  } catch {
    return false;
  }
}

/** @throws RangeError */
function parseAddress(text: string): { host: string | undefined; port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$|^(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3] ?? parts?.[4]);
  if (parts === null || port > 65_535) throw new RangeError(`${text} is not HOST:PORT`);
  const host = parts[1] ?? parts[2] ?? "";
  return { host: host === "" ? undefined : host, port };
}
