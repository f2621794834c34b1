import { loadSystemSettings } from "@mod-gearman/addon";

/**
 * Hides the memory of this process, which holds keys, from plugins of the same user, and from core files.
 *
 * @returns why that is not possible
 */
export function hideMemory(): string | undefined {
  const calls = loadSystemSettings();
  return "reason" in calls ? calls.reason : calls.hideMemory();
}
