import { lstatSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { cacheFolder } from "./cache-folder.ts";

/**
 * Keeps compiled code for the next start if that is safe, see {@link cacheFolder}. Call it before the program is
 * loaded.
 *
 * @param host the process, for its user and environment
 */
export function useCompileCache(host: {
  readonly env: Readonly<Record<string, string | undefined>>;
  geteuid?(): number;
}): void {
  const folder = cacheFolder({
    env: host.env,
    userId: host.geteuid?.(),
    look: (path) => lstatSync(path, { throwIfNoEntry: false }),
    make: (path) => mkdirSync(path, { mode: 0o700 }),
  });
  if (folder !== undefined) enableCompileCache(folder);
}
