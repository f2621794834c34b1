import { loadAddon } from "@mod-gearman/addon";

/**
 * Ends the process with `code` if it still exists after `delayMs`: `process.exit` waits for every thread of Node's
 * pool, and one of them may hang in a file system or a name server. Has no effect without the native addon.
 */
export function exitAfter(delayMs: number, code: number): void {
  const loaded = loadAddon();
  if ("addon" in loaded) loaded.addon.exitAfter(delayMs, code);
}
