import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";

import { root } from "../../e2e/src/paths.ts";

/** A built checkout of this project: this one, or an earlier one to compare with. */
export interface Checkout {
  readonly name: string;
  readonly root: string;
  readonly bridge: string;
  readonly worker: string;
  readonly gearmand: string;
  readonly sendGearman: string;
  readonly sendMulti: string;
  /** The package that scripts import. */
  readonly client: string;
}

/** This checkout. */
export const here: Checkout = at(root, "this checkout");

/** The checkout that `--base DIR` names. @throws Error if it is not built */
export function baseCheckout(folder: string): Checkout {
  const base = at(resolve(folder), `base (${basename(resolve(folder))})`);
  if (!existsSync(base.gearmand))
    throw new Error(`${folder} is not a built checkout: ${base.gearmand} is missing`);
  return base;
}

function at(folder: string, name: string): Checkout {
  const app = (program: string): string => join(folder, "apps", program, "dist/main.js");
  return {
    name,
    root: folder,
    bridge: app("neb-bridge"),
    worker: app("worker"),
    gearmand: app("gearmand"),
    sendGearman: app("send-gearman"),
    sendMulti: app("send-multi"),
    client: join(folder, "packages/client/dist/index.js"),
  };
}
