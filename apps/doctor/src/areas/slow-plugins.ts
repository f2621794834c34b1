import { fromUtf8 } from "@mod-gearman/config";
import { isNearLimit, pluginMs, type TracedCheck } from "@mod-gearman/observe";
import type { BridgeChecks } from "../bridge-checks.ts";
import { Notes } from "../finding.ts";
import { nameOf, seconds } from "./check-names.ts";

const NAMED = 3;
/** A shorter plugin holds no slot for long. */
const LONG_MS = 1000;

/** Plugins that need most of their time limit, from the times of the bridge. */
export function examineSlowPlugins(bridge: BridgeChecks): Notes {
  const notes = new Notes("plugins");
  if (bridge.kind !== "checks" || bridge.slowest.length === 0) return notes; // the hops say why there are none
  const near = bridge.slowest.filter(isNearLimit);
  if (near.length === 0) notes.fine();
  for (const [queue, runs] of Map.groupBy(near, (run) => run.queue)) {
    const named = runs.slice(0, NAMED).map((run) => `${nameOf(run)} (${limitText(run)})`);
    const more = runs.length > NAMED ? ` and ${runs.length - NAMED} more` : "";
    notes.warning({
      id: "plugin-slow",
      what: `plugins of queue ${fromUtf8(queue)} need most of their time limit: ${named.join(", ")}${more}`,
      meaning:
        "With a little more load the worker ends them at the limit, and their checks get the state of a timeout.",
      advice:
        "See what the plugin waits for, and make it faster; or give it more time (service_check_timeout, host_check_timeout of the core).",
    });
  }
  return notes;
}

/** For a queue whose jobs wait: who holds the slots of its workers; begins with `; `, empty if no plugin runs long. */
export function longestText(queue: string, slowest: readonly TracedCheck[]): string {
  const runs = slowest
    .filter((run) => run.queue === queue && pluginMs(run) >= LONG_MS)
    .toSorted((a, b) => pluginMs(b) - pluginMs(a))
    .slice(0, NAMED)
    .map((run) => `${nameOf(run)} ${seconds(pluginMs(run))}`);
  return runs.length === 0 ? "" : `; the longest plugins: ${runs.join(", ")}`;
}

const limitText = (run: TracedCheck): string =>
  `${(pluginMs(run) / 1000).toFixed(1)} of ${run.timeoutSeconds} s`;
