import type { SiteSnapshot } from "../model/snapshot.ts";
import { milliseconds } from "./format.ts";

/** A fact about the clock of a worker; none where the page does not know it. */
export function clockFact(
  { clocks = [] }: SiteSnapshot,
  name: string,
): readonly (readonly [string, string])[] {
  const known = clocks.find(({ worker }) => worker === name);
  if (known === undefined) return [];
  const { aheadMs } = known;
  if (aheadMs === 0) return [["Clock", "as that of the bridge"]];
  return [["Clock", `${milliseconds(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"} the bridge`]];
}
