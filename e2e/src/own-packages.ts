import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { root } from "./paths.ts";

/** Where `pnpm release` puts packages. */
export const ownPackages: string = process.env.E2E_PACKAGES ?? join(root, "dist");

/** Why our packages cannot be installed here; undefined if they can. */
export function whyNoPackages(): string | undefined {
  const files = existsSync(ownPackages) ? readdirSync(ownPackages) : [];
  return files.some((name) => /^mod-gearman-ts-worker_.*_amd64\.deb$/.test(name))
    ? undefined
    : `no packages for amd64 in ${ownPackages}: pnpm release`;
}
