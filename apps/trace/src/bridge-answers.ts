import { parseChecks, type TracedCheck } from "@mod-gearman/observe";
import { parseSite, type SeenSite } from "./job-place.ts";
import type { World } from "./world.ts";

const REQUEST_MS = 5000;

/** Why nothing can be traced: UNKNOWN. */
export class NoTrace extends Error {
  override readonly name: string = "NoTrace";
}

export interface Target {
  readonly host: string;
  readonly service: string | null;
  /** Of its checks. */
  readonly url: string;
  /** Of the job servers as the bridge sees them. */
  readonly siteUrl: string;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @throws NoTrace if the bridge does not say them */
export async function checksOf({ url }: Target, world: World): Promise<TracedCheck[]> {
  try {
    return parseChecks(await world.fetch(url, REQUEST_MS));
  } catch (error) {
    throw new NoTrace(`the bridge at ${new URL("/", url).href} cannot be asked: ${messageOf(error)}`);
  }
}

/** @throws Error if the bridge does not say it: one of an older version has no such page */
export async function siteOf({ siteUrl }: Target, world: World): Promise<SeenSite> {
  return parseSite(await world.fetch(siteUrl, REQUEST_MS));
}
