import { lstatSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { cacheFolder } from "./cache-folder.ts";

/** The part of the process that is needed. */
export interface CacheHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  geteuid?(): number;
}

/**
 * Keeps compiled code for the next start if that is safe, see {@link cacheFolder}. Call it before the program is
 * loaded.
 *
 * @param host the process, for its user and environment
 */
export function useCompileCache(host: CacheHost): void {
  const folder = cacheFolderOf(host);
  if (folder !== undefined) enableCompileCache(folder);
}

/** @returns undefined if compiled code must not be kept, or shall not be: Node's own variable holds here too */
export function cacheFolderOf(host: CacheHost): string | undefined {
  if (host.env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  return cacheFolder({
    env: host.env,
    userId: host.geteuid?.(),
    look: (path) => lstatSync(path, { throwIfNoEntry: false }),
    make: (path) => mkdirSync(path, { mode: 0o700 }),
  });
}
