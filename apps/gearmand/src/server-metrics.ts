import { type AdminRoute, metricsRoute, scrapePrinter } from "@mod-gearman/admin-http";
import type { ServerMetrics } from "@mod-gearman/server";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { FAMILIES, type Snapshot } from "./metric-families.ts";
import { shownFunctions } from "./shown-functions.ts";

/** What the metrics are made from. */
export interface ServerFigures {
  readonly version: string;
  readonly metrics: ServerMetrics;
  /** Whether jobs are taken. */
  isUp(): boolean;
}

/** The metrics of a job server and of its process. Nothing is copied before a scrape. */
export function serverMetricsRoute({ version, metrics, isUp }: ServerFigures): AdminRoute {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const take = async (): Promise<Snapshot> => ({
    ...(await shownFunctions(metrics.queues())),
    ...{ version, isUp: isUp(), totals: metrics.totals() },
  });
  let snapshot: Snapshot | undefined;
  for (const { kind, name, help, labels, rows } of FAMILIES) {
    const Kind = kind === "gauge" ? Gauge : Counter;
    new Kind({
      ...{ name: `gearman_${name}`, help, labelNames: [...labels], registers: [registry] },
      collect(this: Gauge | Counter) {
        this.reset();
        if (snapshot !== undefined) for (const [values, value] of rows(snapshot)) this.inc(values, value);
      },
    });
  }
  const print = scrapePrinter(registry);
  return metricsRoute(async (openMetrics) => {
    snapshot = await take();
    return await print(openMetrics);
  });
}
