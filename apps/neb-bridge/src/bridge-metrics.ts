import { type AdminEndpoint, type PrintMetrics, scrapePrinter, serveMetrics } from "@mod-gearman/admin-http";
import { ENROL_REFUSALS, REFUSAL_REASONS } from "@mod-gearman/crypto";
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { BridgeFigures } from "./bridge-figures.ts";
import { DURATION_BOUNDS, type DurationTally } from "./duration-tally.ts";
import type { CoreEvent } from "./link/core-link.ts";

const PREFIX = "modgearmanbridge_";
const EVENT_NAMES = [
  "SERVICE_CHECK",
  "HOST_CHECK",
  "EVENT_HANDLER",
  "NOTIFICATION",
  "PERFDATA",
  "EXPORT",
] as const satisfies readonly CoreEvent["name"][];

type Read = (figures: BridgeFigures) => number;
type Row = readonly [name: string, help: string, read: Read];
type LabelledTally = { readonly labels: Record<string, string>; readonly tally: DurationTally };
type Labelled = readonly [labels: Record<string, string>, value: number];

const GAUGES: readonly Row[] = [
  ["core_attached", "1 while a core is connected.", ({ isCoreAttached }) => Number(isCoreAttached)],
  ["events_waiting", "Events of the core that no job server has taken yet.", (now) => now.eventsWaiting],
  ["checks_in_flight", "Checks on a job server whose result has not come.", ({ checks }) => checks.inFlight],
  ["check_oldest_seconds", "Age of the oldest of them.", ({ checks }) => checks.oldestSeconds],
  ["job_ids_remembered", "Ids of sealed jobs that a result may come for.", ({ jobIds }) => jobIds.remembered],
  ["commands_kept", "Objects whose last command is kept.", ({ counts }) => counts.commands.objects],
  ["commands_kept_bytes", "Memory of these commands.", ({ counts }) => counts.commands.bytes],
  ["results_held", "Results that the core has not confirmed.", ({ results }) => results.held],
];
const TOTALS: readonly Row[] = [
  ["checks_lost_total", "Checks that no job server knew any more.", ({ checks }) => checks.lost],
  ["checks_moved_total", "Checks put on another job server.", ({ checks }) => checks.moved],
  ["checks_orphaned_total", "Checks that waited where no worker was.", ({ counts }) => counts.orphaned],
  [
    "checks_repeated_total",
    "Checks that a revoked worker had taken, put again.",
    (now) => now.checks.repeated,
  ],
  ["checks_unwatched_total", "Checks beyond the limit of those watched.", ({ checks }) => checks.unwatched],
  ["job_ids_forgotten_total", "Such ids given up for new ones.", ({ jobIds }) => jobIds.forgotten],
  ["records_dropped_total", "Performance data and exports dropped.", ({ counts }) => counts.recordsDropped],
  ["results_applied_total", "Results that the core confirmed.", ({ counts }) => counts.applyTime.count],
  ["enroll_alarms_total", "Tickets that were redeemed a second time.", ({ enrolments }) => enrolments.alarms],
  ["revocation_notices_total", "Notices to revoked workers.", ({ enrolments }) => enrolments.notices],
  ["commands_not_kept_total", "Jobs whose command had no room.", ({ counts }) => counts.commands.notKept],
  ["questions_refused_total", "Questions without the key.", ({ counts }) => counts.commands.refused],
  ["results_repeated_total", "Result jobs that came again.", ({ results }) => results.repeated],
  ["results_second_total", "Second results of one run, dropped.", ({ results }) => results.second],
  ["results_discarded_total", "Result jobs that cannot be read.", ({ results }) => results.discarded],
];

/** Metrics of the bridge. Nothing is copied before a scrape. */
export class BridgeMetrics {
  readonly #registry = new Registry();
  readonly #figures: () => BridgeFigures;

  constructor(figures: () => BridgeFigures) {
    this.#figures = figures;
    this.print = scrapePrinter(this.#registry);
    collectDefaultMetrics({ register: this.#registry });
    for (const [name, help, read] of GAUGES) this.#metric(Gauge, name, help, [], (now) => [[{}, read(now)]]);
    for (const [name, help, read] of TOTALS)
      this.#metric(Counter, name, help, [], (now) => [[{}, read(now)]]);
    this.#metric(Gauge, "info", "This bridge.", ["version"], ({ version }) => [[{ version }, 1]]);
    this.#metric(Gauge, "job_server_connected", "1 while connected.", ["server"], ({ jobServers }) =>
      jobServers.map(({ address, isConnected }) => [{ server: address }, Number(isConnected)]),
    );
    this.#addJobs();
    this.#addHops();
    this.#histogram("submit_seconds", "From the core's event to the job server.", (now) => now.submitTime);
    this.#histogram(
      "core_apply_seconds",
      "From a result sent to the core to its answer.",
      (now) => now.applyTime,
    );
  }

  /** For one page or several. */
  readonly print: PrintMetrics;

  /** @throws RangeError if it is not an address; the system's error, e.g. EADDRINUSE */
  serve(address: string): Promise<AdminEndpoint> {
    return serveMetrics(address, this.print);
  }

  #addJobs(): void {
    const byKind = (counts: ReadonlyMap<string, number>): Labelled[] =>
      [...counts].map(([kind, count]) => [{ type: kind.toLowerCase() }, count]);
    // with zeros: a series that begins with its first event has no increase, so that no alert sees it
    const byEvent = (counts: ReadonlyMap<string, number>): Labelled[] =>
      EVENT_NAMES.map((name) => [{ type: name.toLowerCase() }, counts.get(name) ?? 0]);
    const byReason = <T extends string>(all: readonly T[], counts: ReadonlyMap<T, number>): Labelled[] =>
      all.map((reason) => [{ reason: reason.toLowerCase() }, counts.get(reason) ?? 0]);
    this.#metric(Counter, "jobs_submitted_total", "Jobs on a job server.", ["type"], ({ counts }) =>
      byEvent(counts.submitted),
    );
    this.#metric(Counter, "jobs_failed_total", "Events that no job server took.", ["type"], ({ counts }) =>
      byEvent(counts.failed),
    );
    this.#metric(Counter, "results_total", "Results of workers and senders.", ["type"], ({ counts }) => [
      [{ type: "active" }, counts.activeResults],
      [{ type: "passive" }, counts.passiveResults],
    ]);
    this.#metric(Counter, "results_refused_total", "Results refused by the envelope.", ["reason"], (now) =>
      byReason(REFUSAL_REASONS, now.refused),
    );
    this.#metric(Counter, "enroll_requests_total", "Requests for keys that were granted.", ["type"], (now) =>
      byKind(now.enrolments.granted),
    );
    this.#metric(Counter, "enroll_refused_total", "Requests for keys that were refused.", ["reason"], (now) =>
      byReason(ENROL_REFUSALS, now.enrolments.refusals.counts),
    );
    this.#metric(Counter, "queue_jobs_total", "Jobs by queue.", ["queue", "outcome"], ({ counts }) =>
      [...counts.queues].flatMap(([queue, { submitted, failed, orphaned }]): Labelled[] => [
        [{ queue, outcome: "submitted" }, submitted],
        [{ queue, outcome: "failed" }, failed],
        [{ queue, outcome: "orphaned" }, orphaned],
      ]),
    );
  }

  #metric(
    Kind: typeof Gauge | typeof Counter,
    name: string,
    help: string,
    labelNames: string[],
    read: (now: BridgeFigures) => readonly Labelled[],
  ): void {
    const figures = this.#figures;
    const registers = [this.#registry];
    new Kind({
      ...{ name: `${PREFIX}${name}`, help, labelNames, registers },
      collect(this: Gauge | Counter) {
        this.reset();
        for (const [labels, value] of read(figures())) this.inc(labels, value);
      },
    });
  }

  #histogram(name: string, help: string, tallyOf: (counts: BridgeFigures["counts"]) => DurationTally): void {
    const read = (): LabelledTally[] => [{ labels: {}, tally: tallyOf(this.#figures().counts) }];
    this.#registry.registerMetric(tallyHistogram(`${PREFIX}${name}`, help, read));
  }

  #addHops(): void {
    const read = (): LabelledTally[] =>
      [...this.#figures().counts.hops].map(({ queue, hop, tally }) => ({ labels: { queue, hop }, tally }));
    const help = "From one time of a check to the next, by queue and hop.";
    this.#registry.registerMetric(tallyHistogram(`${PREFIX}check_hop_seconds`, help, read));
  }
}

/** A histogram whose values are kept in {@link DurationTally}s; `values` is called at each scrape. */
function tallyHistogram(name: string, help: string, values: () => readonly LabelledTally[]): Metric {
  const metric = { name, help, type: "histogram", aggregator: "sum" };
  const rowsOf = ({ labels, tally }: LabelledTally) => [
    ...tally.cumulative().map((value, at) => row("_bucket", value, { le: DURATION_BOUNDS[at], ...labels })),
    row("_bucket", tally.count, { le: "+Inf", ...labels }),
    row("_sum", tally.sumSeconds, labels),
    row("_count", tally.count, labels),
  ];
  const row = (suffix: string, value: number, labels: object) => ({
    metricName: `${name}${suffix}`,
    value,
    labels,
  });
  // a registry uses no other members of a metric
  return {
    ...metric,
    get: async () => ({ ...metric, values: values().flatMap(rowsOf) }),
  } as unknown as Metric;
}
