import { type AdminEndpoint, type AdminRoute, reply, serveAdmin } from "./endpoint.ts";

/** All metrics as text; `openMetrics` if the scraper asks for that format. */
export type PrintMetrics = (openMetrics: boolean) => Promise<{ contentType: string; text: string }>;

/** Metrics in the text format of Prometheus or, if requested, of OpenMetrics. Source: worker.md 8.3. */
export function metricsRoute(print: PrintMetrics): AdminRoute {
  return {
    serve: async ({ headers }, response) => {
      const wantsOpen = (headers.accept ?? "").includes("application/openmetrics-text");
      const { contentType, text } = await print(wantsOpen);
      reply(response, 200, contentType, text);
    },
  };
}

/** Serves `/metrics` alone, with a port alone on all addresses; see {@link serveAdmin}. */
export function serveMetrics(address: string, print: PrintMetrics): Promise<AdminEndpoint> {
  return serveAdmin(address, { "/metrics": metricsRoute(print) });
}
