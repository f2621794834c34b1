import { type AdminEndpoint, type AdminRoute, reply, serveAdmin } from "@mod-gearman/admin-http";
import { nullLogger, systemClock } from "@mod-gearman/base";
import {
  createSitePage,
  QUEUE_ACTIONS,
  type SitePage,
  type SitePageOptions,
  type SiteParts,
} from "../src/index.ts";
import { connection, queue, server } from "./parts.ts";

/** A page that is served; `lines`: what it logged. */
export interface Served {
  readonly page: SitePage;
  readonly endpoint: AdminEndpoint;
  readonly url: string;
  readonly lines: string[];
}

/** Serves a page on a free port of loopback. */
export async function servePage({
  ran,
  ...more
}: Partial<SitePageOptions> & { readonly ran?: RanBy } = {}): Promise<Served> {
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  const page = createSitePage({
    ...{ program: "gearmand", version: "1.0.0", clock: systemClock },
    read: () => demoSite(),
    askWorker: async (name) => Buffer.from(JSON.stringify(REPORTS[name] ?? {})),
    logger: { ...nullLogger, info: note, warn: note },
    ...more,
  });
  const routes = {
    ...page.routes,
    ...(more.hasChecks === true ? { "/api/checks": page.guarded(checksOf(ran)) } : {}),
  };
  const endpoint = await serveAdmin("0", routes, "127.0.0.1");
  return { page, endpoint, lines, url: `http://127.0.0.1:${endpoint.port}/` };
}

/** Where the runs were. */
interface RanBy {
  readonly queue: string;
  readonly worker: string;
}

/** Runs of any check that is asked for; names are those of the request, also of queue and worker if they are not given. */
const checksOf = (ran?: RanBy): AdminRoute => ({
  serve: ({ url = "" }, response) => {
    const query = new URL(url, "http://localhost").searchParams;
    const [host, service] = [query.get("host"), query.get("service")];
    const at = 1_800_000_000_000;
    const timesMs = {
      ...{
        planned: at,
        taken: at + 4,
        accepted: at + 5,
        queued: at + 6,
        grabbed: at + 120,
        started: at + 121,
      },
      ...{ ended: at + 841, sent: at + 842, fetched: at + 845, applied: at + 851 },
    };
    const run = {
      host,
      service,
      ...{ queue: host, worker: host, ...ran },
      state: 0,
      unique: null,
      timesMs,
      clockDifferenceMs: 0,
    };
    reply(response, 200, "application/json", JSON.stringify({ checks: [run] }));
  },
});

const REPORTS: Record<string, object> = {
  web1: {
    version: "1.0.0",
    slots: 20,
    busy: 3,
    load: 0.42,
    unsentResults: 0,
    undecodable: 0,
    lastJobSeconds: 0,
  },
  dmz1: { slots: 10, busy: 0, load: 0.05, unsentResults: 0, undecodable: 37, undecodableSeconds: 4 },
  branch7: { slots: 5, busy: 1, load: 1.9, unsentResults: 12, undecodable: 0, lastJobSeconds: 95 },
};

/** A site of two job servers, with a queue without worker and a worker with a wrong key. Time passes with each call. */
function demoSite(): SiteParts {
  const seconds = Math.floor(Date.now() / 1000);
  const grabs = (perSecond: number): number => Math.round(seconds * perSecond + 5 * Math.sin(seconds / 3));
  const check = (unique: string, service: string, age: number) => ({
    ...{ handle: `H:mon1:${age}`, function: service, unique, seconds: age, retries: 0 },
  });
  return {
    servers: [
      server("mon1:4730", {
        actions: QUEUE_ACTIONS,
        queues: [
          queue("check_results", { workers: 1, grabs: grabs(14) }),
          queue("service", {
            ...{ waiting: 7, running: 4, workers: 32, oldestWaitingSeconds: 1.2, grabs: grabs(11) },
            ...{ priorities: [1, 6, 0], bytes: 4200 },
          }),
          queue("host", { running: 1, workers: 32, grabs: grabs(3) }),
          queue("hostgroup_dmz", { waiting: 214, oldestWaitingSeconds: 423, bytes: 180_000 }),
          queue("eventhandler", { workers: 30 }),
          ...["web1", "dmz1", "branch7"].map((name) => queue(`worker_${name}`, { workers: 1, grabs: 9 })),
          ...["old_one", "servicegroup_gone"].map((name) => queue(name)),
        ],
        workers: [
          connection("mon1", ["check_results"], { clientId: "mon1@mod_gearman_bridge/1.0.0" }),
          ...[
            check("web-frontend-HTTP", "service", 3),
            check("db2-Backup of last night", "service", 412),
            check("switch12", "host", 1),
          ].map((job) =>
            connection("web1", ["service", "host", "eventhandler"], { jobs: [job], jobCount: 1 }),
          ),
          ...["web1", "dmz1", "branch7"].map((name) => connection(name, [`worker_${name}`])),
          connection("dmz1", ["service"], { address: "192.0.2.7" }),
          connection("branch7", ["service"], {
            ...{ address: "198.51.100.20", jobs: [check("printer-Toner", "service", 20)], jobCount: 1 },
          }),
        ],
      }),
      server("mon2:4730", { queues: [queue("service", { workers: 32 })], connections: 35 }),
    ],
  };
}
