import { type PrintMetrics, scrapePrinter } from "@mod-gearman/admin-http";
import { REFUSAL_REASONS } from "@mod-gearman/crypto";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, Summary } from "prom-client";
import type { Execution } from "./job.ts";
import type { WorkerFigures } from "./metrics.ts";

const PREFIX = "modgearmanworker_";
/** Limit of distinct `description` labels; later ones are `other`. */
const MAX_DESCRIPTIONS = 200;
const MAX_BASENAME = 30;
const BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120];
const TASK_LABELS = ["type", "exec"] as const;
const PLUGIN_LABELS = ["description", "exec"] as const;

type GaugeRow = readonly [name: string, help: string, read: (figures: WorkerFigures) => number];

const GAUGES: readonly GaugeRow[] = [
  ["workers_total", "Slots.", ({ total }) => total],
  ["workers_idle", "Slots without a job.", ({ total, busy }) => Math.max(0, total - busy)],
  ["workers_busy", "Slots with a job.", ({ busy }) => busy],
  [
    "workers_ballooning",
    "Plugins that go on although their jobs are answered.",
    ({ ballooning }) => ballooning,
  ],
  [
    "results_unsent",
    "Results that wait in memory or on disk.",
    ({ results }) => results.main + (results.spool?.records ?? 0),
  ],
  [
    "jobs_suspect",
    "Jobs that were in hand when the worker died: one that comes again runs alone.",
    ({ suspects }) => suspects,
  ],
  ["spool_records", "Results that wait on disk.", ({ results }) => results.spool?.records ?? 0],
  ["spool_bytes", "Room taken by the result spool.", ({ results }) => results.spool?.bytes ?? 0],
];
const TOTALS: readonly GaugeRow[] = [
  ["results_sent_total", "Results that a job server has taken.", ({ results }) => results.sent],
  ["results_dropped_total", "Results that were given up.", ({ results }) => results.dropped],
  [
    "spool_dropped_total",
    "Results in the spool that the disk damaged.",
    ({ results }) => results.spool?.dropped ?? 0,
  ],
  ["results_withheld_total", "Results that workaround_rc_25 kept back.", ({ withheld }) => withheld],
  ["jobs_refused_total", "Jobs not run because the worker died twice with them.", ({ refused }) => refused],
  ["plugins_unkillable_total", "Plugins that outlived SIGKILL.", ({ unkillable }) => unkillable],
];

/** The metrics of a worker: names of the Go worker, and additional ones for results and run time. Source: worker.md 8.3. */
export class WorkerMetrics {
  readonly #registry = new Registry();
  readonly #figures: () => WorkerFigures;
  readonly #descriptions = new Set<string>();
  readonly #completed;
  readonly #errors;
  readonly #userCpu;
  readonly #systemCpu;
  readonly #runtime;
  readonly #others;
  readonly #print: PrintMetrics;

  constructor(figures: () => WorkerFigures) {
    this.#figures = figures;
    this.#print = scrapePrinter(this.#registry);
    const registers = [this.#registry];
    const named = (name: string, help: string) => ({ name: `${PREFIX}${name}`, help, registers });
    collectDefaultMetrics({ register: this.#registry });
    this.#addFigures();
    this.#completed = new Counter({ ...named("tasks_completed_total", "Jobs."), labelNames: TASK_LABELS });
    this.#errors = new Counter({
      ...named("tasks_errors_total", "Jobs with a return code above 0."),
      labelNames: TASK_LABELS,
      enableExemplars: true,
    });
    const cpu = { labelNames: PLUGIN_LABELS, percentiles: [1], maxAgeSeconds: 600, ageBuckets: 5 };
    this.#userCpu = new Summary({
      ...named("plugin_user_cpu_time_seconds", "User time of plugins."),
      ...cpu,
    });
    this.#systemCpu = new Summary({
      ...named("plugin_system_cpu_time_seconds", "System time of plugins."),
      ...cpu,
    });
    this.#runtime = new Histogram({
      ...named("plugin_runtime_seconds", "Run time of plugins."),
      labelNames: ["description"],
      buckets: BUCKETS,
    });
    this.#others = new Counter(
      named(
        "plugin_description_overflow_total",
        `Runs counted as "other": more than ${MAX_DESCRIPTIONS} programs.`,
      ),
    );
  }

  checkEnded(type: string, execution: Execution): void {
    const { exec, returnCode, startedAt, finishedAt, usage } = execution;
    const labels = { type, exec };
    const seconds = Number(finishedAt - startedAt) / 1e6;
    const description = this.#known(execution.description);
    this.#completed.inc(labels);
    if (returnCode > 0) this.#countError(labels, execution, seconds);
    this.#runtime.observe({ description }, seconds);
    if (usage === undefined) return;
    const { userMicros, systemMicros } = usage;
    if (userMicros > 0) this.#userCpu.observe({ description, exec }, userMicros / 1e6);
    if (systemMicros > 0) this.#systemCpu.observe({ description, exec }, systemMicros / 1e6);
  }

  print(openMetrics: boolean): Promise<{ contentType: string; text: string }> {
    return this.#print(openMetrics);
  }

  #countError(labels: { type: string; exec: string }, execution: Execution, seconds: number): void {
    const exemplarLabels = {
      basename: execution.description.slice(0, MAX_BASENAME),
      rc: `${execution.returnCode}`,
      exec: labels.exec,
      compile_duration: ((execution.usage?.compileMicros ?? 0) / 1e6).toFixed(5),
      runtime_duration: seconds.toFixed(5),
      type: labels.type,
    };
    this.#errors.inc({ labels, value: 1, exemplarLabels });
  }

  /** Label values are never evicted, so their number is capped. */
  #known(description: string): string {
    if (this.#descriptions.has(description)) return description;
    if (this.#descriptions.size >= MAX_DESCRIPTIONS) {
      this.#others.inc();
      return "other";
    }
    this.#descriptions.add(description);
    return description;
  }

  #addFigures(): void {
    const figures = this.#figures;
    const registers = [this.#registry];
    const info = figures();
    new Gauge({
      name: `${PREFIX}info`,
      help: "This worker.",
      registers,
      labelNames: ["version", "identifier"],
      collect() {
        const { version, identifier } = figures();
        this.reset();
        this.set({ version, identifier }, 1);
      },
    }).set({ version: info.version, identifier: info.identifier }, 1);
    new Counter({
      name: `${PREFIX}jobs_unproven_total`,
      help: "Jobs refused by the envelope.",
      registers,
      labelNames: ["reason"],
      collect() {
        this.reset();
        const { unproven } = figures();
        // with zeros: a series that begins with its first refusal has no increase, so that no alert sees it
        for (const reason of REFUSAL_REASONS)
          this.inc({ reason: reason.toLowerCase() }, unproven.get(reason) ?? 0);
      },
    });
    for (const [name, help, read] of GAUGES) {
      const gauge = { name: `${PREFIX}${name}`, help, registers };
      new Gauge({
        ...gauge,
        collect() {
          this.set(read(figures()));
        },
      });
    }
    for (const [name, help, read] of TOTALS) {
      const counter = { name: `${PREFIX}${name}`, help, registers };
      new Counter({
        ...counter,
        collect() {
          this.reset();
          this.inc(read(figures()));
        },
      });
    }
  }
}
