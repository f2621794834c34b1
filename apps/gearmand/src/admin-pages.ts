import { type AdminEndpoint, healthRoute, isListenAddress, serveAdmin } from "@mod-gearman/admin-http";
import type { GearmandOptions } from "@mod-gearman/config";
import { type JobServer, JobServerError } from "@mod-gearman/server";

/** Of `--admin-listen` with a port alone. */
const LOOPBACK = "127.0.0.1";

/** Why `--admin-listen` cannot be used; undefined if it can, or is not given. */
export function adminRefusal({ adminListen }: GearmandOptions): string | undefined {
  if (adminListen === undefined || isListenAddress(adminListen)) return undefined;
  return `--admin-listen: ${adminListen} is neither HOST:PORT nor PORT`;
}

/**
 * Serves `/metrics` and `/healthz` if `--admin-listen` is given.
 *
 * @throws JobServerError CANNOT_LISTEN
 */
export async function serveAdminPages(
  { adminListen }: GearmandOptions,
  version: string,
  server: JobServer,
): Promise<AdminEndpoint | undefined> {
  if (adminListen === undefined) return undefined;
  const { serverMetricsRoute } = await import("./server-metrics.ts"); // rarely needed, costs memory
  const problem = () => server.problem();
  const isUp = () => problem() === undefined;
  const routes = {
    "/metrics": serverMetricsRoute({ version, metrics: server.metrics, isUp }),
    "/healthz": healthRoute(problem),
  };
  try {
    return await serveAdmin(adminListen, routes, LOOPBACK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JobServerError("CANNOT_LISTEN", `cannot serve --admin-listen=${adminListen}: ${why}`, {
      cause,
    });
  }
}
