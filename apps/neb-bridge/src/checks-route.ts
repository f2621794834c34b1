import { type AdminRoute, reply } from "@mod-gearman/admin-http";
import type { ChecksReport } from "./checks-report.ts";

/** `/api/checks`, `/api/checks?host=H` (the check of the host), `/api/checks?host=H&service=S`, `/api/checks?slowest`. */
export function checksRoute(report: Pick<ChecksReport, "checks" | "slowest">): AdminRoute {
  return {
    serve: ({ url = "" }, response) => {
      const query = new URL(url, "http://localhost").searchParams;
      const host = query.get("host");
      const service = query.get("service") ?? undefined;
      if (host === null && service !== undefined) {
        reply(response, 400, "text/plain", "service needs host\n");
        return;
      }
      const checks = query.has("slowest")
        ? report.slowest()
        : report.checks(host === null ? undefined : { host, service });
      reply(response, 200, "application/json", `${JSON.stringify({ checks })}\n`);
    },
  };
}
