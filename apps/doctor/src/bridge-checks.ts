import { listenerUrl } from "@mod-gearman/admin-http";
import { parseChecks, type TracedCheck } from "@mod-gearman/observe";
import type { Site } from "./site.ts";
import type { World } from "./world.ts";

/** The last checks of the bridge with their times, or why they are not known. */
export type BridgeChecks =
  | {
      readonly kind: "checks";
      readonly checks: readonly TracedCheck[];
      /** The newest run of each object, those first whose plugin took most of its time limit. */
      readonly slowest: readonly TracedCheck[];
    }
  /** Its `admin_listen` does not answer. */
  | { readonly kind: "silent"; readonly address: string; readonly text: string }
  /** The module has no `admin_listen`. */
  | { readonly kind: "not-served" }
  /** The configuration of the module is not on this machine, or cannot be used. */
  | { readonly kind: "no-module" };

/** Asks the bridge of this machine. Never rejects. */
export async function readBridgeChecks(
  { module }: Site,
  timeoutMs: number,
  { fetch }: Pick<World, "fetch">,
): Promise<BridgeChecks> {
  if (module?.loaded === undefined) return { kind: "no-module" };
  const { adminListen } = module.loaded.options;
  if (adminListen === undefined) return { kind: "not-served" };
  try {
    const url = `${listenerUrl(adminListen)}api/checks`;
    const [checks, slowest] = await Promise.all([fetch(url, timeoutMs), fetch(`${url}?slowest`, timeoutMs)]);
    return { kind: "checks", checks: parseChecks(checks), slowest: parseChecks(slowest) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { kind: "silent", address: adminListen, text };
  }
}
