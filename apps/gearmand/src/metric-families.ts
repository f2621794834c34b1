import type { QueueMetrics, ServerTotals } from "@mod-gearman/server";
import type { ShownFunction } from "./shown-functions.ts";

/** The figures of one scrape. */
export interface Snapshot {
  readonly version: string;
  readonly isUp: boolean;
  readonly totals: ServerTotals;
  readonly functions: readonly ShownFunction[];
  /** Functions that are not among them. */
  readonly omitted: number;
}

type Row = readonly [labels: Readonly<Record<string, string>>, value: number];

/** One metric, without the prefix `gearman_`. */
export interface Family {
  readonly kind: "gauge" | "counter";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  rows(snapshot: Snapshot): readonly Row[];
}

const byFunction = (
  kind: Family["kind"],
  name: string,
  help: string,
  read: (queue: QueueMetrics) => number,
): Family => ({
  ...{ kind, name, help, labels: ["function"] },
  rows: ({ functions }) => functions.map(({ label, queue }): Row => [{ function: label }, read(queue)]),
});

type Reasons = Readonly<Record<string, number>>;
const byReason = (name: string, help: string, read: (queue: QueueMetrics) => Reasons): Family => ({
  ...{ kind: "counter", name, help, labels: ["function", "reason"] },
  rows: ({ functions }) =>
    functions.flatMap(({ label, queue }) =>
      Object.entries(read(queue))
        .filter(([, count]) => count > 0)
        .map(([reason, count]): Row => [{ function: label, reason }, count]),
    ),
});

const total = (
  kind: Family["kind"],
  name: string,
  help: string,
  read: (totals: ServerTotals) => number,
): Family => ({ ...{ kind, name, help, labels: [] }, rows: ({ totals }) => [[{}, read(totals)]] });

const totalByReason = (name: string, help: string, read: (totals: ServerTotals) => Reasons): Family => ({
  ...{ kind: "counter", name, help, labels: ["reason"] },
  rows: ({ totals }) => Object.entries(read(totals)).map(([reason, count]): Row => [{ reason }, count]),
});

/** Names that gearman-exporter has too. Source: bakins/gearman-exporter, README.md. */
const OF_EXPORTER: readonly Family[] = [
  {
    ...{ kind: "gauge", name: "up", help: "1 while jobs are taken.", labels: [] },
    rows: ({ isUp }) => [[{}, Number(isUp)]],
  },
  {
    ...{ kind: "gauge", name: "version_info", help: "Version of the job server.", labels: ["version"] },
    rows: ({ version }) => [[{ version }, 1]],
  },
  byFunction("gauge", "jobs", "Jobs waiting or running.", ({ waiting, running }) => waiting + running),
  byFunction("gauge", "jobs_running", "Jobs that workers have.", ({ running }) => running),
  byFunction("gauge", "jobs_waiting", "Jobs waiting for a worker.", ({ waiting }) => waiting),
  byFunction("gauge", "workers", "Connections that can do the function.", ({ workers }) => workers),
];

const BY_FUNCTION: readonly Family[] = [
  byFunction(
    "gauge",
    "job_oldest_waiting_seconds",
    "Age of the job that waits longest, 0 if none does.",
    ({ oldestWaitingSeconds }) => oldestWaitingSeconds ?? 0,
  ),
  byFunction("gauge", "queue_bytes", "Workloads of all its jobs.", ({ bytes }) => bytes),
  byFunction("gauge", "queue_stalled", "1 while idle workers leave jobs waiting.", ({ isStalled }) =>
    Number(isStalled),
  ),
  byFunction("gauge", "queue_paused", "1 while jobs are kept and not given to workers.", ({ isPaused }) =>
    Number(isPaused),
  ),
  byFunction("counter", "jobs_grabbed_total", "Jobs given to workers.", ({ grabs }) => grabs),
  byFunction("counter", "jobs_coalesced_total", "Requests that joined another job.", (one) => one.coalesced),
  byFunction(
    "counter",
    "jobs_requeued_total",
    "Jobs lost by workers and queued again.",
    (one) => one.requeued,
  ),
  byFunction("counter", "jobs_moved_total", "Jobs moved to another function.", ({ moved }) => moved),
  byReason("jobs_dropped_total", "Jobs that were accepted and dropped.", ({ dropped }) => dropped),
  byReason("jobs_rejected_total", "Requests refused as the queue is full.", ({ rejected }) => rejected),
];

const TOTALS: readonly Family[] = [
  total("gauge", "functions", "Functions.", ({ functions }) => functions),
  {
    ...{ kind: "gauge", name: "functions_omitted", help: "Functions not in these metrics.", labels: [] },
    rows: ({ omitted }) => [[{}, omitted]],
  },
  total("gauge", "connections", "Open connections.", ({ connections }) => connections),
  total("counter", "connections_accepted_total", "Connections since the start.", (all) => all.accepted),
  total("counter", "connections_refused_total", "Connections beyond the limit.", (all) => all.turnedAway),
  totalByReason("connections_closed_total", "Connections closed by the server.", ({ closed }) => closed),
  total("counter", "handshakes_failed_total", "TLS peers cut off.", (all) => all.handshakesFailed),
  totalByReason("denied_total", "Requests refused for want of rights.", ({ denied }) => denied),
  total("counter", "errors_sent_total", "ERROR packets sent.", ({ refused }) => refused),
  total("gauge", "server_jobs", "Jobs of all functions, waiting or running.", ({ jobs }) => jobs),
  total("gauge", "server_jobs_running", "Jobs of all functions that workers have.", (all) => all.running),
  total("gauge", "server_queue_bytes", "Workloads of all jobs.", ({ bytes }) => bytes),
  total("counter", "server_jobs_created_total", "Jobs created.", ({ jobsMade }) => jobsMade),
  total("counter", "server_jobs_grabbed_total", "Jobs given to workers.", ({ grabs }) => grabs),
  total(
    "counter",
    "server_jobs_coalesced_total",
    "Requests that joined another job.",
    (all) => all.coalesced,
  ),
  total("counter", "server_jobs_requeued_total", "Jobs queued again.", ({ requeued }) => requeued),
  total("counter", "server_jobs_moved_total", "Jobs moved to another function.", ({ moved }) => moved),
  totalByReason("server_jobs_dropped_total", "Jobs dropped.", ({ dropped }) => dropped),
  totalByReason("server_jobs_rejected_total", "Requests refused.", ({ rejected }) => rejected),
  total("counter", "stalls_total", "Times that idle workers left jobs waiting.", ({ stalls }) => stalls),
];

/** All metrics of the job server. Those of all functions include functions that exist no longer. */
export const FAMILIES: readonly Family[] = [...OF_EXPORTER, ...BY_FUNCTION, ...TOTALS];
