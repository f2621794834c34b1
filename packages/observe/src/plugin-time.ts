import type { TracedCheck } from "./traced-check.ts";

/** Of its time limit: from here on a plugin is near it. */
const NEAR = 0.75;

/** How long the plugin ran, milliseconds; 0 if it is not known. */
export function pluginMs({ timesMs: { started, ended } }: Pick<TracedCheck, "timesMs">): number {
  return started === null || ended === null ? 0 : ended - started;
}

/** With a little more load the worker ends such a plugin at its limit. False where the limit is not known. */
export function isNearLimit(run: Pick<TracedCheck, "timesMs" | "timeoutSeconds">): boolean {
  const { timeoutSeconds = null } = run;
  return timeoutSeconds !== null && pluginMs(run) >= NEAR * timeoutSeconds * 1000;
}
