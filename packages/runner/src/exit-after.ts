import { loadAddon } from "@mod-gearman/addon";

/**
 * Ends the process with `code` when it is still there after that time: `process.exit` waits for each thread of Node's
 * pool, one of which may hang in a file system or a name server. Without the native addon it does nothing.
 */
export function exitAfter(delayMs: number, code: number): void {
  const loaded = loadAddon();
  if ("addon" in loaded) loaded.addon.exitAfter(delayMs, code);
}
