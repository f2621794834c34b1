import { listenerUrl } from "@mod-gearman/admin-http";
import type { LoadDeps } from "@mod-gearman/config";
import { loadModule } from "./load-module.ts";
import type { SitePlaces } from "./site-places.ts";

/** The pages of a bridge are not found, for a reason that is for the user. */
export class NoBridgePages extends Error {
  override readonly name: string = "NoBridgePages";
}

export interface BridgePagesOptions {
  /** `[HOST:]PORT`, or an address `http://…` in front of it. */
  readonly bridge?: string | undefined;
  /** Configuration file of the module. */
  readonly moduleConfig?: string | undefined;
}

/**
 * Address of the pages of the bridge, with a slash at the end: as given, else by `admin_listen` of the module.
 *
 * @throws NoBridgePages
 */
export function bridgePages(
  { bridge, moduleConfig }: BridgePagesOptions,
  places: SitePlaces,
  files: LoadDeps,
): string {
  if (bridge !== undefined && /^http:\/\//.test(bridge)) return bridge.endsWith("/") ? bridge : `${bridge}/`;
  const address = bridge ?? adminListenOf(moduleConfig ?? places.module(), files);
  try {
    return listenerUrl(address);
  } catch {
    throw new NoBridgePages(`${address} is neither HOST:PORT nor an address http://…`);
  }
}

function adminListenOf(file: string | undefined, files: LoadDeps): string {
  if (file === undefined)
    throw new NoBridgePages(
      "no configuration file of the module found: give --bridge=[HOST:]PORT or --module-config=PATH",
    );
  let adminListen: string | undefined;
  try {
    ({ adminListen } = loadModule(`config=${file}`, "/", files).options);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new NoBridgePages(`${file}: ${text}; give --bridge=[HOST:]PORT`);
  }
  if (adminListen === undefined)
    throw new NoBridgePages(`${file} has no admin_listen, which makes the bridge answer`);
  return adminListen;
}
