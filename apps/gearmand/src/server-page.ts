import { hostname } from "node:os";
import type { Clock } from "@mod-gearman/base";
import { printAddress } from "@mod-gearman/base";
import type { JobServer } from "@mod-gearman/server";
import { createSitePage, type SitePage } from "@mod-gearman/site-page";
import { serverPart } from "./site-parts.ts";
import { WorkerInquiry } from "./worker-inquiry.ts";

/** What the page of a job server is made from. */
export interface PageSettings {
  readonly server: JobServer;
  readonly version: string;
  readonly clock: Clock;
  /** `--admin-servers` */
  readonly others: readonly string[];
  /** `--admin-names` */
  readonly names: readonly string[];
}

/** The page of this job server and of the other ones that are named. */
export function serverPage({ server, version, clock, others, names }: PageSettings): SitePage {
  const inquiry = new WorkerInquiry(server);
  const host = hostname();
  const page = createSitePage({
    ...{ program: "gearmand", version, clock, others },
    names: [host, ...names],
    read: async () => {
      const port = server.address()?.port;
      const name = port === undefined ? host : printAddress({ host, port });
      return { servers: [await serverPart(server, name, version)] };
    },
    askWorker: (name) => inquiry.ask(name),
  });
  return {
    ...page,
    get viewers() {
      return page.viewers;
    },
    close: () => {
      page.close();
      inquiry.close();
    },
  };
}
