import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { AppliedRuns } from "./applied-runs.ts";
import { CheckPlan, type CoreEvent } from "./check-plan.ts";
import { linkPrograms } from "./links.ts";
import { programs } from "./paths.ts";
import { startPlannedCore } from "./planned-core.ts";
import { type Running, start } from "./processes.ts";

export interface TenantOptions {
  readonly name: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly checksPerSecond: number;
  /** Bounds of times, which are not judged. */
  readonly waitMs: number;
  /** Lines of the module that choose its queue. */
  readonly queueLines: readonly string[];
  /** Further arguments of its core. */
  readonly coreArgs: readonly string[];
}

/** How a call of mod_gearman_enroll ended. */
export interface EnrollCall {
  readonly code: number | null;
  readonly output: string;
}

/** A site on a bus that it shares with others: a core with its bridge, keys of its own, and machines that are enrolled. */
export interface Tenant {
  readonly folder: string;
  readonly plan: CheckPlan;
  readonly runs: AppliedRuns;
  readonly services: number;
  /** Passive results of the alarm. */
  readonly alarms: CoreEvent[];
  /** Runs mod_gearman_enroll for this site. */
  enroll(...args: string[]): Promise<EnrollCall>;
  /** A new machine: an empty folder. */
  machine(ticket: string): Machine;
}

interface Machine {
  readonly folder: string;
  redeem(): Promise<EnrollCall>;
  /** Starts its worker with the configuration that was written. @param renewSeconds how often it asks for its keys; 0: never */
  startWorker(renewSeconds?: number): Running;
}

const INTERVAL_SECONDS = 10;
const RENEW_SECONDS = 1;

async function runEnroll(args: readonly string[]): Promise<EnrollCall> {
  const running = start(process.execPath, [programs.enroll, ...args]);
  const code = await running.ended;
  return { code, output: running.output() };
}

/** Starts a core whose bridge enrols machines. All is removed at the end of the test. */
export async function startTenant(options: TenantOptions): Promise<Tenant> {
  const { name, port, metricsPort, checksPerSecond, waitMs, queueLines, coreArgs } = options;
  const folder = mkdtempSync(join(tmpdir(), `e2e-tenant-${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const keys = join(folder, "keys");
  mkdirSync(keys);
  const made = await runEnroll(["init", `--dir=${keys}`, "--user=root"]);
  if (made.code !== 0) throw new Error(made.output);
  const config = join(folder, "module.conf");
  const lines = [
    ...[
      `server=127.0.0.1:${port}`,
      "encryption=no",
      "envelope=v2",
      "internal_check_dummy=no",
      `result_queue=results_${name}`,
    ],
    ...[`envelope_master_file=${keys}/master.key`, `envelope_identities_file=${keys}/identities`],
    ...[`enroll_dir=${keys}/enroll`, `enroll_queue=enroll_${name}`, "enroll_alarm_host=host-01"],
    ...["enroll_alarm_service=service-01", `prometheus_server=127.0.0.1:${metricsPort}`, ...queueLines],
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const plan = new CheckPlan({ killMs: waitMs, waitedMs: waitMs, silentMs: waitMs });
  const runs = new AppliedRuns();
  const alarms: CoreEvent[] = [];
  const core = startPlannedCore({
    ...{ folder, checksPerSecond, intervalSeconds: INTERVAL_SECONDS },
    moduleArgs: `${linkPrograms(folder).bridgeArgs} config=${config}`,
    onEvent: (event) => {
      if (event.output?.includes("redeemed a second time") === true) alarms.push(event);
      else {
        plan.take(event);
        runs.take(event);
      }
    },
    more: coreArgs,
  });
  onTestFinished(() => core.stop());
  return {
    ...{ folder, plan, runs, alarms, services: Math.ceil((checksPerSecond * INTERVAL_SECONDS) / 50) * 50 },
    enroll: (...args) => runEnroll([...args, `--config=${config}`]),
    machine: (ticket) => newMachine(folder, ticket),
  };
}

let machines = 0;

function newMachine(parent: string, ticket: string): Machine {
  const folder = join(parent, `machine-${machines++}`);
  mkdirSync(folder);
  const file = join(folder, "ticket");
  writeFileSync(file, ticket);
  return {
    folder,
    redeem: () => runEnroll(["redeem", `@${file}`, `--dir=${folder}`, "--user=root", "--timeout=60"]),
    startWorker: (renewSeconds = RENEW_SECONDS) => {
      const worker = start(process.execPath, [
        ...[programs.worker, `--config=${folder}/worker.conf`, "--internal_check_dummy=yes"],
        ...[`--envelope_renew_interval=${renewSeconds}`, "--min-worker=4", "--max-worker=4"],
        ...["--load_cpu_multi=0", "--mem_limit=0"],
      ]);
      onTestFinished(async () => {
        await worker.stop();
      });
      return worker;
    },
  };
}

/** The ticket in what `issue` has printed. */
export function ticketIn({ output }: EnrollCall): string {
  const [ticket] = /mgt1-[A-Za-z0-9_-]+/.exec(output) ?? [];
  if (ticket === undefined) throw new Error(`no ticket: ${output}`);
  return ticket;
}

/** The log of the core, which its bridge writes into. */
export const coreLog = ({ folder }: Tenant): string => readFileSync(join(folder, "core.log"), "latin1");
