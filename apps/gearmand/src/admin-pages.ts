import { type AdminEndpoint, healthRoute, isListenAddress, serveAdmin } from "@mod-gearman/admin-http";
import { type Logger, systemClock } from "@mod-gearman/base";
import type { GearmandOptions } from "@mod-gearman/config";
import { type JobServer, JobServerError } from "@mod-gearman/server";

/** Of `--admin-listen` with a port alone. */
const LOOPBACK = "127.0.0.1";

/** Why `--admin-listen` or `--admin-servers` cannot be used; undefined if they can, or are not given. */
export function adminRefusal({ adminListen, adminServers }: GearmandOptions): string | undefined {
  const given = [
    ...(adminListen === undefined ? [] : [{ option: "--admin-listen", address: adminListen }]),
    ...adminServers.map((address) => ({ option: "--admin-servers", address })),
  ];
  const bad = given.find(({ address }) => !isListenAddress(address));
  return bad && `${bad.option}: ${bad.address} is neither HOST:PORT nor PORT`;
}

/**
 * Serves `/metrics`, `/healthz` and the page of the site if `--admin-listen` is given.
 *
 * @throws JobServerError CANNOT_LISTEN
 */
export async function serveAdminPages(
  { adminListen, adminServers, adminNames, adminTokenFile }: GearmandOptions,
  version: string,
  server: JobServer,
  logger: Logger,
): Promise<AdminEndpoint | undefined> {
  if (adminListen === undefined) return undefined;
  // rarely needed, cost memory
  const { serverMetricsRoute } = await import("./server-metrics.ts");
  const { readTokenFile, serverPage } = await import("./server-page.ts");
  const page = serverPage({
    ...{ server, version, logger, clock: systemClock, others: adminServers, names: adminNames },
    token: adminTokenFile === undefined ? undefined : tokenOf(adminTokenFile, readTokenFile),
  });
  const problem = () => server.problem();
  const isUp = () => problem() === undefined;
  const routes = {
    "/metrics": serverMetricsRoute({ version, metrics: server.metrics, isUp }),
    "/healthz": healthRoute(problem),
    ...page.routes,
  };
  try {
    const endpoint = await serveAdmin(adminListen, routes, LOOPBACK);
    return {
      ...endpoint,
      close: () => {
        page.close();
        endpoint.close();
      },
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JobServerError("CANNOT_LISTEN", `cannot serve --admin-listen=${adminListen}: ${why}`, {
      cause,
    });
  }
}

/** @throws JobServerError CANNOT_LISTEN: without its token the page would be less than what was asked for */
function tokenOf(path: string, read: (path: string) => string): string {
  try {
    return read(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JobServerError("CANNOT_LISTEN", `cannot use --admin-token-file: ${why}`, { cause });
  }
}
