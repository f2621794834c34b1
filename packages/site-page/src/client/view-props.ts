import type { SiteSnapshot } from "../model/snapshot.ts";
import type { WishDetails } from "./action-dialog.tsx";
import type { Route } from "./route.ts";

/** Given to every part of the page. */
export interface ViewProps {
  readonly site: SiteSnapshot;
  readonly route: Route;
  /** Replaces values of the fragment. */
  change(values: Readonly<Record<string, string>>): void;
  /** Asks for confirmation, then has the server do it. */
  act(action: string, values: Readonly<Record<string, string>>, question: string, more?: WishDetails): void;
}

/** Whether this page may perform an action on queues and jobs of a job server. */
export const mayAct = ({ servers }: SiteSnapshot, server: string, action: string): boolean =>
  servers.some(({ name, actions }) => name === server && actions.includes(action));

/** Whether times of checks can be shown, or a check can be run. */
export const hasChecks = ({ can }: SiteSnapshot): boolean => can.checks || (can.runAt ?? []).length > 0;

/** More than one job server is shown. */
export const hasServers = ({ servers }: SiteSnapshot): boolean => servers.length > 1;
