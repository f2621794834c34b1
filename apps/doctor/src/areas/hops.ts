import { fromUtf8 } from "@mod-gearman/config";
import { type CheckHop, hopsOf, type TracedCheck } from "@mod-gearman/observe";
import type { BridgeChecks } from "../bridge-checks.ts";
import { Notes } from "../finding.ts";
import { nameOf, seconds } from "./check-names.ts";
import { longestText } from "./slow-plugins.ts";

/** Of the middle check of a queue: one slow check among many is not a fault of the way. */
const SLOW_MS = 10_000;
/** What ended before is over: on a quiet site the bridge shows checks of hours ago. */
const RECENT_MS = 900_000;

interface Trouble {
  readonly meaning: string;
  readonly advice: string;
}

const SLOW: Readonly<Partial<Record<CheckHop, Trouble>>> = {
  core: {
    meaning: "The core hands checks over late: it is busy, or held them while no job server answered.",
    advice: "Look at the latency and the load of the core, and at the log of the bridge.",
  },
  wait: {
    meaning: "Jobs wait for a free slot: the workers of the queue cannot keep up, or it is paused.",
    advice:
      "Give the workers more slots (max-worker), start more of them, or find the plugins that run long.",
  },
  return: {
    meaning: "Results wait before the bridge takes them: it or the network is slow.",
    advice: "Look at the queue check_results with gearman_top, and at the log of the bridge.",
  },
};
const ELSEWHERE: Trouble = {
  meaning: "Checks spend their time on the way and not in the plugin.",
  advice: "Follow one check with mod_gearman_trace and look at the log of the part that is slow.",
};

/** Where the time of real checks goes, from the times of the bridge. @param nowMs time of day of this machine */
export function examineHops(bridge: BridgeChecks, nowMs: number): Notes {
  const notes = new Notes("check");
  if (bridge.kind === "not-served")
    notes.fact("time per hop", "not known: admin_listen in the module's file lets the bridge show it");
  if (bridge.kind === "silent")
    notes.warning({
      id: "bridge-silent",
      what: `the bridge does not answer at its admin_listen ${bridge.address}: ${bridge.text}`,
      meaning: "The core does not run, has not loaded the module, or another program has the address.",
      advice: "Look whether mod_gearman_bridge runs, and at the log of the core.",
    });
  if (bridge.kind !== "checks") return notes;
  const done = bridge.checks.filter(({ timesMs }) => timesMs.applied !== null);
  const newestMs = Math.max(nowMs, ...done.map(appliedAt));
  const recent = done.filter((check) => newestMs - appliedAt(check) <= RECENT_MS);
  const [newest] = done;
  if (newest === undefined) notes.fact("time per hop", "the bridge has not finished a check yet");
  else notes.fact(`time per hop of ${nameOf(newest)}`, hopsText(newest));
  for (const [queue, checks] of Map.groupBy(recent, ({ queue }) => queue))
    examineQueue(queue, checks, bridge.slowest, notes);
  return notes;
}

const appliedAt = ({ timesMs }: TracedCheck): number => timesMs.applied ?? 0;

/** Plugins may run as long as they need: the time limit is looked at elsewhere. Where jobs wait, those that hold the slots are named. */
function examineQueue(
  queue: string,
  checks: readonly TracedCheck[],
  slowest: readonly TracedCheck[],
  notes: Notes,
): void {
  const byHop = Map.groupBy(checks.flatMap(hopsOf), ({ hop }) => hop);
  let isSlow = false;
  for (const [hop, hops] of byHop) {
    const sorted = hops.map(({ ms }) => ms).toSorted((a, b) => a - b);
    const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
    if (hop === "plugin" || middle < SLOW_MS) continue;
    isSlow = true;
    notes.warning({
      id: "slow-hop",
      what: `checks of queue ${fromUtf8(queue)} spend ${seconds(middle)} in hop ${hop} (${hops.length} checks looked at)${hop === "wait" ? longestText(queue, slowest) : ""}`,
      ...(SLOW[hop] ?? ELSEWHERE),
    });
  }
  if (!isSlow) notes.fine();
}

function hopsText(check: TracedCheck): string {
  const parts = hopsOf(check).map(
    ({ hop, ms, isLargest }) => `${isLargest ? "*" : ""}${hop} ${Math.round(ms)} ms`,
  );
  const { queue, worker } = check;
  const where = worker === null ? "" : ` (queue ${fromUtf8(queue)}, worker ${fromUtf8(worker)})`;
  return `${parts.join(", ")}${where}`;
}
