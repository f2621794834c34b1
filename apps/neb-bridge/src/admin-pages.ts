import {
  type AdminEndpoint,
  type AdminRoutes,
  healthRoute,
  metricsRoute,
  type PrintMetrics,
  serveAdmin,
} from "@mod-gearman/admin-http";

import type { BridgeFigures } from "./bridge-figures.ts";
import type { ChecksReport } from "./checks-report.ts";
import { checksRoute } from "./checks-route.ts";

/** Of `admin-listen` with a port alone. */
const LOOPBACK = "127.0.0.1";

/** What the pages of `admin-listen` show, read at each request. */
export interface AdminSource {
  readonly figures: () => BridgeFigures;
  readonly checks: Pick<ChecksReport, "checks">;
}

/** Why the bridge cannot do its work; undefined if it can. */
function problemOf({ isCoreAttached, jobServers }: BridgeFigures): string | undefined {
  if (!isCoreAttached) return "no core is connected";
  return jobServers.some(({ isConnected }) => isConnected) ? undefined : "no job server is connected";
}

/** The pages of the bridge. @param print its metrics */
function adminRoutes({ checks, figures }: AdminSource, print: PrintMetrics): AdminRoutes {
  return {
    "/metrics": metricsRoute(print),
    "/healthz": healthRoute(() => problemOf(figures())),
    "/api/checks": checksRoute(checks),
  };
}

/** Serves the pages of `admin-listen`. @throws RangeError if it is not an address; the system's error, e.g. EADDRINUSE */
export function serveAdminPages(
  address: string,
  source: AdminSource,
  print: PrintMetrics,
): Promise<AdminEndpoint> {
  return serveAdmin(address, adminRoutes(source, print), LOOPBACK);
}
