import { finding, isRecent } from "./finding.ts";
import { labelOf } from "./label.ts";
import type { BridgePart, SlowPlugin } from "./parts.ts";
import type { Finding, WorkerRow } from "./snapshot.ts";

/** A stolen ticket must be seen by who looks once a day. */
const DAY_SECONDS = 86_400;
/** As in the doctor: less is no fault, and within what checks can prove. */
const TOLERATED_CLOCK_MS = 2000;
/** Slow plugins in the sentence. */
const NAMED = 3;

/** What the bridge knows beside job servers, queues and what workers say themselves. */
export function bridgeFindings(bridge: BridgePart, workers: readonly WorkerRow[]): Finding[] {
  return [
    ...coreFindings(bridge),
    ...resultFindings(bridge),
    ...pluginFindings(bridge),
    ...clockFindings(bridge, workers),
  ];
}

function coreFindings({ isCoreAttached }: BridgePart): Finding[] {
  if (isCoreAttached) return [];
  return [
    finding(
      "core-away",
      "critical",
      "The core is not connected to its bridge.",
      "See that the core runs and has loaded the module.",
      "servers",
    ),
  ];
}

function resultFindings(bridge: BridgePart): Finding[] {
  const { undecodable, undecodableSeconds, refused, refusedSeconds, refusedWhy } = bridge;
  const { ticketAlarms, ticketAlarmSeconds } = bridge;
  const found: Finding[] = [];
  if (isRecent(undecodable, undecodableSeconds ?? null))
    found.push(
      finding(
        "result-key",
        "critical",
        `Results cannot be decrypted (${undecodable} so far): a worker or sender has a wrong key.`,
        "Compare the keys of the workers with that of the core.",
        "workers",
      ),
    );
  if (isRecent(refused ?? null, refusedSeconds ?? null))
    found.push(
      finding(
        "result-refused",
        "critical",
        `Results are refused (${refused} so far)${refusedWhy === undefined ? "" : `: ${refusedWhy}`}.`,
        "The log of the bridge names the sender: see its keys, and its line in the list of identities.",
        "workers",
      ),
    );
  if (isRecent(ticketAlarms ?? null, ticketAlarmSeconds ?? null, DAY_SECONDS))
    found.push(
      finding(
        "ticket-redeemed-twice",
        "critical",
        `A ticket for keys was redeemed a second time (${ticketAlarms} so far): another one may have seen it.`,
        "Look for ALARM in the log of the bridge; revoke the worker if it was not yours.",
        "workers",
      ),
    );
  return found;
}

function pluginFindings({ slowPlugins = [] }: BridgePart): Finding[] {
  const [worst] = slowPlugins;
  if (worst === undefined) return [];
  const { host, service } = worst;
  const named = slowPlugins.slice(0, NAMED).map(slowText).join(", ");
  const more = slowPlugins.length > NAMED ? `, ${slowPlugins.length - NAMED} more` : "";
  return [
    finding(
      "plugin-slow",
      "warning",
      `Plugins need most of their time limit: ${named}${more}.`,
      "See what they wait for; or give them more time (service_check_timeout, host_check_timeout of the core).",
      `checks?${new URLSearchParams(service === null ? { host } : { host, service })}`,
    ),
  ];
}

function slowText({ host, service, seconds, limitSeconds }: SlowPlugin): string {
  const name = labelOf(Buffer.from(service === null ? host : `${host} ${service}`).toString("latin1"));
  return `${name} (${seconds.toFixed(1)} of ${limitSeconds} s)`;
}

function clockFindings(
  { clockDifferences = new Map() }: BridgePart,
  workers: readonly WorkerRow[],
): Finding[] {
  const found: Finding[] = [];
  for (const [name, ms] of clockDifferences) {
    if (Math.abs(ms) <= TOLERATED_CLOCK_MS) continue;
    const label = labelOf(name);
    const row = workers.find((one) => one.name === label && one.kind === "worker");
    found.push(
      finding(
        "worker-clock",
        "warning",
        `The clock of worker ${label} is ${(Math.abs(ms) / 1000).toFixed(1)} s ${ms > 0 ? "ahead" : "behind"}.`,
        "Let its machine and that of the core keep time (chrony, systemd-timesyncd).",
        row === undefined ? "workers" : `worker/${encodeURIComponent(row.id)}`,
      ),
    );
  }
  return found;
}
