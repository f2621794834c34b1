import { hostname } from "node:os";
import { type Clock, type Logger, printAddress } from "@mod-gearman/base";
import type { JobServer } from "@mod-gearman/server";
import { createSitePage, PacedRead, type SitePage } from "@mod-gearman/site-page";
import { serverActions } from "./server-actions.ts";
import { serverPart } from "./site-parts.ts";
import { WorkerInquiry } from "./worker-inquiry.ts";

export { readTokenFile } from "@mod-gearman/site-page";

/** What the page of a job server is made from. */
export interface PageSettings {
  readonly server: JobServer;
  readonly version: string;
  readonly clock: Clock;
  /** `--admin-servers` */
  readonly others: readonly string[];
  /** `--admin-names` */
  readonly names: readonly string[];
  /** Of `--admin-token-file`; undefined: the page only shows. */
  readonly token: string | undefined;
  readonly logger: Logger;
}

/** The page of this job server and of the other ones that are named. */
export function serverPage(settings: PageSettings): SitePage {
  const { server, version, clock, others, names, token, logger } = settings;
  const inquiry = new WorkerInquiry(server);
  const host = hostname();
  const ownName = (): string => {
    const port = server.address()?.port;
    return port === undefined ? host : printAddress({ host, port });
  };
  const own = new PacedRead(() => serverPart(server, ownName(), version), clock);
  const page = createSitePage({
    ...{ program: "gearmand", version, clock, others, token, logger },
    names: [host, ...names],
    read: async () => ({ servers: [await own.get()] }),
    actions: serverActions(server.control, ownName, (name) => inquiry.drain(name)),
    askWorker: (name) => inquiry.ask(name),
  });
  return {
    ...page,
    close: () => {
      page.close();
      inquiry.close();
    },
  };
}
