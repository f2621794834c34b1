import type { PrintMetrics } from "./metrics-route.ts";

const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

/** What is used of a `Registry` of prom-client. */
interface MetricRegistry {
  setContentType(type: never): void;
  getMetricsAsArray(): readonly unknown[];
  metrics(): Promise<string>;
}

/** Prints the metrics of a registry of prom-client 15 in either format. */
export function scrapePrinter(registry: MetricRegistry): PrintMetrics {
  // else it accepts no metric with exemplars; each print sets the format again
  registry.setContentType(OPENMETRICS as never);
  /** Serialises scrapes: the format is a property of the registry. */
  let printing: Promise<unknown> = Promise.resolve();
  return (openMetrics) => {
    const printed = printing.then(() => printOnce(registry, openMetrics));
    printing = printed.catch(() => undefined);
    return printed;
  };
}

async function printOnce(
  registry: MetricRegistry,
  openMetrics: boolean,
): Promise<{ contentType: string; text: string }> {
  const contentType = openMetrics ? OPENMETRICS : PROMETHEUS;
  registry.setContentType(contentType as never);
  // prom-client removes the suffix _total from the counters to print OpenMetrics and does not restore it
  const metrics = registry.getMetricsAsArray() as { name: string }[];
  const names = metrics.map(({ name }) => name);
  const text = await registry.metrics();
  for (const [index, metric] of metrics.entries()) metric.name = names[index] ?? metric.name;
  return { contentType, text };
}
