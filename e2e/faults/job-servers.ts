// Two job servers fail at random times while the test core plans checks; afterwards plan and results are compared:
// node --conditions=source e2e/faults/job-servers.ts [--rounds 20] [--rate 500] [--seed N] [--slow-machine]
// A round is one fault of each kind (kill -9, SIGSTOP, dropped packets) on either server. Needs `pnpm build`, gearmand and, for
// the third kind, root, iptables and unshare: it runs in a network namespace of its own. Exit code 1: a bound was broken.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { whyNoGearmand } from "../src/capabilities.ts";
import { CheckPlan, type FaultKind, type PlanReport, parseCoreEvent } from "../src/check-plan.ts";
import { FaultyServers } from "../src/faulty-servers.ts";
import { linkPrograms } from "../src/links.ts";
import { programs } from "../src/paths.ts";
import { freePort, killAtOnce, type Running } from "../src/processes.ts";
import { randomFrom } from "../src/random.ts";
import { startBareWorker } from "../src/workers.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    rate: { type: "string", default: "500" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    "slow-machine": { type: "boolean", default: false }, // other work beside it: three seconds more for each check
    "in-namespace": { type: "boolean", default: false },
  },
});

const NAMED = 20;
const INTERVAL_SECONDS = 10;
const SERVICES = 50;
const SETTLE_MS = 15_000;
const QUIET_MS = 12_000;
const TIMES = { minFaultMs: 4000, minPauseMs: 3000 };
const SLACK_MS = values["slow-machine"] ? 3000 : 0;
const BOUNDS = { killMs: 1000 + SLACK_MS, waitedMs: 10_000 + SLACK_MS, silentMs: 5000 + SLACK_MS };

/** The run itself again, where packets can be dropped without harm. */
async function runInNamespace(): Promise<number> {
  const script = 'ip link set lo up && exec "$@"';
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1), "--in-namespace"];
  const child = spawn("unshare", ["--net", "sh", "-c", script, "sh", ...again], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

function kindsPossible(): FaultKind[] {
  const canDrop = spawnSync("iptables", ["-S"], { stdio: "ignore" }).status === 0;
  return values["in-namespace"] && canDrop ? ["kill", "stop", "drop"] : ["kill", "stop"];
}

/** @returns ends it */
function startCore(folder: string, ports: readonly number[], plan: CheckPlan): () => Promise<void> {
  const servers = ports.map((port) => `127.0.0.1:${port}`).join(",");
  const options = ["encryption=no", "services=yes", "hosts=no", "eventhandler=no", "internal_check_dummy=no"];
  writeFileSync(join(folder, "module.conf"), [`server=${servers}`, ...options, ""].join("\n"));
  const hosts = Math.ceil((Number(values.rate) * INTERVAL_SECONDS) / SERVICES);
  const args = `${linkPrograms(folder).bridgeArgs} config=${folder}/module.conf`;
  const core = spawn(
    programs.testcore,
    [
      ...[`--module=${programs.shim}`, `--args=${args}`, `--hosts=${hosts}`, `--services=${SERVICES}`],
      ...[`--interval=${INTERVAL_SECONDS}`, "--no-host-checks", "--events-json", "--check-timeout=60"],
      ...["--command=/plugins/check_dummy 0 fine", `--log=${join(folder, "core.log")}`],
    ],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, TMPDIR: folder } },
  );
  const ended = once(core, "exit");
  createInterface({ input: core.stdout }).on("line", (line) => {
    const event = parseCoreEvent(line);
    if (event !== undefined) plan.take(event);
  });
  process.once("exit", () => core.kill("SIGKILL"));
  return async () => {
    core.kill("SIGTERM");
    await ended;
  };
}

/** Checks that the worker has run. */
async function runsOf(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const counts = text.matchAll(/^modgearmanworker_tasks_completed_total\{[^}]*\} (\d+)/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** @returns whether all bounds were kept */
function tell(report: PlanReport, runs: number, { faults }: FaultyServers): boolean {
  const count = (kind: FaultKind): number => faults.filter((fault) => fault.kind === kind).length;
  const { planned, answered, lost, doubled, held, late, longestMs, medianMs = 0 } = report;
  const longest = Object.entries(longestMs).map(([group, ms]) => `${group} ${Math.round(ms)}`);
  const extra = runs - planned;
  const named = (list: readonly string[], what: string) =>
    list.slice(0, NAMED).map((one) => `${what} ${one}`);
  const problems = [...named(lost, "lost"), ...named(doubled, "doubled"), ...named(late, "late")];
  if (held > 0) problems.push(`${held} checks were held`);
  if (extra > Number(values.rate) * faults.length) problems.push(`${extra} more runs than planned`);
  const text = [
    `faults: kill ${count("kill")}, stop ${count("stop")}, drop ${count("drop")}`,
    `checks planned ${planned}, answered ${answered}, lost ${lost.length}, doubled ${doubled.length}, held ${held}`,
    `runs ${runs}, more than planned: ${extra}`,
    `longest from plan to result, ms: ${longest.join(", ")}`,
    `median without fault, ms: ${medianMs.toFixed(1)}`,
    ...problems.map((problem) => `  ${problem}`),
    `late: ${late.length}`,
  ].join("\n");
  process.stdout.write(`${text}\n`);
  if (problems.length > 0) process.stderr.write(`${text}\n`);
  return problems.length === 0;
}

async function run(): Promise<number> {
  const random = randomFrom(Number(values.seed));
  process.stdout.write(`seed ${values.seed}\n`);
  const folder = mkdtempSync(join(tmpdir(), "e2e-faults-"));
  const servers = await FaultyServers.start(["the real gearmand", "our job server"], random);
  const metrics = await freePort();
  const ports = servers.servers.map(({ port }) => port);
  const addresses = ports.map((port) => `127.0.0.1:${port}`).join(",");
  const more = ["--internal_check_dummy=yes", `--prometheus_server=127.0.0.1:${metrics}`];
  const worker: Running = startBareWorker(addresses, more);
  process.once("exit", () => {
    for (const { pid } of [worker, ...servers.servers.map(({ running }) => running)]) killAtOnce(pid);
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
  const plan = new CheckPlan(BOUNDS);
  const stopCore = startCore(folder, ports, plan);
  try {
    await sleep(QUIET_MS);
    const kinds = kindsPossible();
    for (let round = 0; round < Number(values.rounds); round++) await servers.round(kinds, TIMES);
    await sleep(SETTLE_MS);
    const report = plan.report(servers.faults, Date.now());
    return tell(report, await runsOf(metrics), servers) ? 0 : 1;
  } finally {
    await stopCore();
    await worker.stop();
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const whyNot = whyNoGearmand();
if (whyNot !== undefined) throw new Error(whyNot);
const canDrop = process.getuid?.() === 0 && spawnSync("unshare", ["--net", "true"]).status === 0;
process.exitCode = canDrop && !values["in-namespace"] ? await runInNamespace() : await run();
