import { type Clock, type Logger, omitUndefined } from "@mod-gearman/base";
import type { ModuleOptions } from "@mod-gearman/config";
import {
  ActionRefused,
  type BridgePart,
  createSitePage,
  type Perform,
  readTokenFile,
  type SitePage,
} from "@mod-gearman/site-page";
import { askedActions } from "./asked-actions.ts";
import { AskedServers } from "./asked-servers.ts";
import type { BridgeFigures } from "./bridge-figures.ts";
import { runNow } from "./run-now.ts";
import { WorkerInquiry } from "./worker-inquiry.ts";

/** What the page of the bridge is made from, read at each look. */
export interface SiteAccess {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hostName: string;
  /** Undefined before the first core. */
  options(): ModuleOptions | undefined;
  /** What its results, tickets and clocks say. */
  trouble(): Omit<BridgePart, "isCoreAttached" | "resultQueue">;
  /** Since 1970, whole. */
  nowSeconds(): number;
  /** Encrypts with the key of the site. */
  seal(text: Buffer): Buffer;
}

/** @throws Error if the token cannot be used */
export function bridgePage(access: SiteAccess, figures: () => BridgeFigures): SitePage {
  const { clock, logger, hostName } = access;
  const options = access.options();
  const { adminServers = [], adminNames = [], adminTokenFile, adminCommandFile } = options ?? {};
  const inquiry = new WorkerInquiry(clock);
  const asked = new AskedServers(clock);
  const run = adminCommandFile === undefined ? undefined : runNow(adminCommandFile, access.nowSeconds);
  const servers = (): ModuleOptions["servers"] => access.options()?.servers ?? [];
  const page = createSitePage({
    ...{ program: "mod_gearman_bridge", version: figures().version, clock, logger, hasChecks: true },
    ...{ others: adminServers, names: [hostName, ...adminNames] },
    token: adminTokenFile === undefined ? undefined : readTokenFile(adminTokenFile),
    read: async () => ({
      servers: await asked.parts(adminServers.length > 0 ? [] : servers()),
      bridge: {
        isCoreAttached: figures().isCoreAttached,
        resultQueue: access.options()?.resultQueue.toString("latin1"),
        ...access.trouble(),
      },
    }),
    askWorker: (name) => inquiry.report(servers(), name),
    actions: {
      ...askedActions(servers),
      drain: drainAction((name) => inquiry.drain(servers(), name, access.seal(Buffer.from("drain")))),
      ...omitUndefined({ run }),
    },
  });
  return {
    ...page,
    close: () => {
      page.close();
      inquiry.close();
    },
  };
}

function drainAction(drain: (name: string) => Promise<Buffer>): Perform {
  return async ({ worker = "" }) => {
    const answer = await drain(Buffer.from(worker).toString("latin1"));
    if (/ is draining\b/.test(answer.toString("latin1")))
      return `Worker ${worker} drains: it finishes its jobs and takes no more.`;
    throw new ActionRefused(
      `worker ${worker} does not take the word: it has another key, or is not one of ours`,
    );
  };
}
