import {
  type AdminEndpoint,
  healthRoute,
  metricsRoute,
  type PrintMetrics,
  serveAdmin,
} from "@mod-gearman/admin-http";

import type { BridgeFigures } from "./bridge-figures.ts";
import { bridgePage, type SiteAccess } from "./bridge-page.ts";
import type { ChecksReport } from "./checks-report.ts";
import { checksRoute } from "./checks-route.ts";
import type { CommandMemory } from "./command-memory.ts";
import { QuestionDesk } from "./question-desk.ts";
import { questionRoute } from "./question-route.ts";

/** Of `admin-listen` with a port alone. */
const LOOPBACK = "127.0.0.1";

/** What the pages of `admin-listen` show, read at each request. */
export interface AdminSource {
  readonly figures: () => BridgeFigures;
  readonly checks: Pick<ChecksReport, "checks" | "slowest">;
  readonly site: SiteAccess;
  readonly commands: Pick<CommandMemory, "find">;
}

/** Why the bridge cannot do its work; undefined if it can. */
function problemOf({ isCoreAttached, jobServers }: BridgeFigures): string | undefined {
  if (!isCoreAttached) return "no core is connected";
  return jobServers.some(({ isConnected }) => isConnected) ? undefined : "no job server is connected";
}

/**
 * Serves the pages of `admin-listen`. @param print the metrics @throws RangeError if it is not an address; the system's error, e.g.
 * EADDRINUSE; Error if the token cannot be used
 */
export async function serveAdminPages(
  address: string,
  { checks, commands, figures, site }: AdminSource,
  print: PrintMetrics,
): Promise<AdminEndpoint> {
  const page = bridgePage(site, figures);
  const desk = new QuestionDesk({
    ...{ commands, counts: figures().counts.commands },
    options: () => site.options(),
    nowMs: () => site.nowSeconds() * 1000,
  });
  const routes = {
    "/metrics": metricsRoute(print),
    "/healthz": healthRoute(() => problemOf(figures())),
    ...page.routes,
    "/api/checks": page.guarded(checksRoute(checks)),
    "/api/question": page.guarded(questionRoute(desk)),
  };
  const endpoint = await serveAdmin(address, routes, LOOPBACK);
  return {
    ...endpoint,
    close: () => {
      page.close();
      endpoint.close();
    },
  };
}
