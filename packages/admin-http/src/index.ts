export { isListenAddress, type ListenAddress, parseListenAddress } from "./address.ts";
export {
  askPage,
  fetchPage,
  listenerUrl,
  type PageAnswer,
  type PageQuestion,
  type WholeAnswer,
} from "./ask-page.ts";
export { type AdminEndpoint, type AdminRoute, type AdminRoutes, reply, serveAdmin } from "./endpoint.ts";
export { healthRoute } from "./health-route.ts";
export { metricsRoute, type PrintMetrics, serveMetrics } from "./metrics-route.ts";
export { readBody } from "./read-body.ts";
export { scrapePrinter } from "./scrape-printer.ts";
