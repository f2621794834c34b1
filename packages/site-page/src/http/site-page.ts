import type { IncomingMessage, ServerResponse } from "node:http";
import type { AdminRoute, AdminRoutes } from "@mod-gearman/admin-http";
import { type Clock, type Logger, nullLogger } from "@mod-gearman/base";
import type { SiteParts } from "../model/parts.ts";
import { PEEK_SCHEMA } from "../model/peek-schema.ts";
import { SNAPSHOT_SCHEMA } from "../model/schema.ts";
import { actionRoute, allowedActions, type Perform } from "./actions.ts";
import { EventHub } from "./event-hub.ts";
import { refusedHost } from "./guard.ts";
import { OtherListeners } from "./other-listeners.ts";
import { pageRoutes } from "./page-routes.ts";
import type { AskWorker } from "./report-keeper.ts";
import { respond, respondJson, writeHead } from "./respond.ts";
import { SignatureCheck } from "./signed-request.ts";
import { SnapshotKeeper } from "./snapshot-keeper.ts";
import { ThisMachine } from "./this-machine.ts";

export interface SitePageOptions {
  readonly program: string;
  readonly version: string;
  readonly clock: Pick<Clock, "monotonicMs" | "wallMs" | "setTimeout" | "clearTimeout">;
  /** Reads the tables of the program. */
  read(): SiteParts | Promise<SiteParts>;
  readonly askWorker: AskWorker;
  /** Admin listeners of other programs, `HOST:PORT`, whose servers are shown too. */
  readonly others?: readonly string[];
  /** Names, beside addresses and `localhost`, under which the page may be reached. */
  readonly names?: readonly string[];
  /** `api/checks` is served by the program. */
  readonly hasChecks?: boolean;
  /** What can be done, by name; nothing without a token. */
  readonly actions?: Readonly<Record<string, Perform>>;
  readonly token?: string | undefined;
  /** Gets a line for each action. */
  readonly logger?: Pick<Logger, "info" | "warn">;
  /** Viewers at once. Default 20. */
  readonly maxViewers?: number;
}

/** A page about a site. */
export interface SitePage {
  /** By path, for the listener of the program. */
  readonly routes: AdminRoutes;
  /** The guard of the names, for further pages with the same data. */
  guarded(route: AdminRoute): AdminRoute;
  close(): void;
}

const MAX_VIEWERS = 20;

/** Makes the page; it reads nothing until there is a viewer. */
export function createSitePage(options: SitePageOptions): SitePage {
  const { program, version, clock, read, askWorker, others = [], hasChecks = false } = options;
  const names = new Set((options.names ?? []).map((name) => name.toLowerCase()));
  const { actions = {}, token, logger = nullLogger } = options;
  const listeners = new OtherListeners(others, clock);
  const signatures = new SignatureCheck(clock);
  const machine = new ThisMachine(clock);
  const keeper: SnapshotKeeper = new SnapshotKeeper({
    ...{ program, version, clock, read, askWorker },
    others: listeners,
    isHere: (host) => machine.has(host),
    viewers: () => hub.counts,
    can: { checks: hasChecks, actions: allowedActions({ actions, token }) },
  });
  const hub: EventHub = new EventHub(() => keeper.site(), clock, options.maxViewers ?? MAX_VIEWERS);
  const guarded = (route: AdminRoute): AdminRoute => ({
    ...route,
    serve: async (request, response) => {
      const refusal = refusedHost(request, names);
      if (refusal === undefined) await route.serve(request, response);
      else await respond(request, response, refusal.status, "text/plain; charset=utf-8", refusal.text);
    },
  });
  const routes: Record<string, AdminRoute> = {
    ...pageRoutes(),
    "/api/actions": actionRoute({
      ...{ actions, token, names, logger, clock, signatures, others: listeners },
      ownServers: async () => (await keeper.own()).servers.map(({ name }) => name),
    }),
    "/api/receiver": {
      serve: (request, response) => respondJson(request, response, 200, { id: signatures.id }),
    },
    "/api/site": {
      serve: async (request, response) => {
        const snapshot = request.url?.endsWith("?own") === true ? await keeper.own() : await keeper.site();
        await respondJson(request, response, 200, snapshot);
      },
    },
    "/api/schema": {
      serve: (request, response) => {
        const schema = request.url?.endsWith("?peek") === true ? PEEK_SCHEMA : SNAPSHOT_SCHEMA;
        return respondJson(request, response, 200, schema);
      },
    },
    "/api/events": { methods: ["GET"], serve: (request, response) => openEvents(hub, request, response) },
  };
  return {
    routes: Object.fromEntries(Object.entries(routes).map(([path, route]) => [path, guarded(route)])),
    guarded,
    close: () => hub.close(),
  };
}

async function openEvents(hub: EventHub, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!hub.hasRoom()) {
    await respond(request, response, 503, "text/plain; charset=utf-8", "there are too many viewers\n");
    return;
  }
  writeHead(response, 200, { "content-type": "text/event-stream", "x-accel-buffering": "no" });
  response.flushHeaders();
  await hub.add(response);
}
