// A real Naemon with very many services, checked every five minutes by workers that run nothing: how long it takes to start
// with the module and without, memory of core, bridge and job server, checks due and done, and how long the module's
// callbacks take (callback-times.c). Needs an installed Naemon, a C compiler, some 3 GiB for each million services, and a
// machine without other work.
//
//   pnpm bench million-services --naemon PREFIX [--services 1500000] [--minutes 15] [--gearmand]
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { bridgePids } from "../e2e/src/bridge-pids.ts";
import { programs } from "../e2e/src/paths.ts";
import { freePort } from "../e2e/src/processes.ts";
import { KEY } from "./src/check-jobs.ts";
import { Consumer } from "./src/consumer.ts";
import { startJobServer } from "./src/job-servers.ts";
import { CORE_USER, writeNaemonSite } from "./src/naemon-site.ts";
import { limitTime, scratchFolder } from "./src/own-processes.ts";
import { fineCpuSeconds, residentMib } from "./src/process-usage.ts";

const { values: given } = parseArgs({
  options: {
    naemon: { type: "string" },
    services: { type: "string", default: "1500000" },
    minutes: { type: "string", default: "15" },
    gearmand: { type: "boolean", default: false },
  },
});
const SERVICES = Number(given.services);
const INTERVAL_SECONDS = 300;
const SITE = { services: SERVICES, intervalSeconds: INTERVAL_SECONDS };
const RUN_SECONDS = Number(given.minutes) * 60;
const SAMPLE_MS = 10_000;
const LOOK_MS = 50;
const START_SECONDS = 600;
const END_SECONDS = 60;
const INITIALIZED = "Naemon successfully initialized (PID=";

interface Core {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly startSeconds: number;
}

/** Resolves when the core enters its loop. */
async function startNaemon(config: string, folder: string, env: Record<string, string>): Promise<Core> {
  const asUser = process.getuid?.() === 0 ? { uid: CORE_USER, gid: CORE_USER } : {};
  const startedAt = performance.now();
  const child = spawn(join(String(given.naemon), "bin/naemon"), [config], {
    ...asUser,
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, TMPDIR: folder, ...env },
  });
  process.once("exit", () => child.kill("SIGKILL"));
  const log = join(folder, "core.log");
  const begun = (): boolean => existsSync(log) && readFileSync(log, "latin1").includes(INITIALIZED);
  while (!begun()) {
    if (child.exitCode !== null || child.pid === undefined)
      throw new Error(`naemon did not start, see ${log}`);
    await sleep(LOOK_MS);
  }
  return { process: child, pid: Number(child.pid), startSeconds: (performance.now() - startedAt) / 1000 };
}

async function stopNaemon({ process: child }: Core): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const patience = setTimeout(() => child.kill("SIGKILL"), END_SECONDS * 1000);
  await ended;
  clearTimeout(patience);
}

async function measureWithout(): Promise<{ startSeconds: number; mib: number }> {
  const folder = scratchFolder();
  const core = await startNaemon(writeNaemonSite({ ...SITE, folder }), folder, {});
  const mib = residentMib(core.pid);
  core.process.kill("SIGKILL");
  await once(core.process, "exit");
  return { startSeconds: core.startSeconds, mib };
}

/** Sums of the bridge's counters whose names begin so. */
async function bridgeCount(port: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const rows = text.split("\n").filter((line) => line.startsWith(`modgearmanbridge_${name}`));
  return rows.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

function compileTimes(folder: string): string {
  const library = join(folder, "callback-times.so");
  const source = join(import.meta.dirname, "callback-times.c");
  execFileSync("cc", ["-O2", "-fPIC", "-shared", "-o", library, source, "-ldl"]);
  return library;
}

interface Kind {
  readonly calls: number;
  readonly wallNs: number;
  readonly wallMaxNs: number;
  readonly cpuMaxNs: number;
  readonly wallLong: number;
  readonly cpuLong: number;
  readonly faults: number;
  readonly sendNs: number;
}

function printTimes(file: string): void {
  const last = readFileSync(file, "utf8").trimEnd().split("\n").at(-1) ?? "{}";
  const { kinds } = JSON.parse(last) as { kinds: Record<string, Kind> };
  for (const [name, kind] of Object.entries(kinds)) {
    const micros = (ns: number): string => (ns / 1000).toFixed(1);
    print(
      `  ${name}: ${kind.calls} calls, ${micros(kind.wallNs / kind.calls)} µs each, longest ${micros(kind.wallMaxNs)} µs ` +
        `(${micros(kind.cpuMaxNs)} µs of CPU), 1 ms or more: ${kind.wallLong} (${kind.cpuLong} by CPU, with ${kind.faults} page faults and ${micros(kind.sendNs)} µs of sending)`,
    );
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function measureWith(): Promise<void> {
  const folder = scratchFolder();
  const server = await startJobServer(given.gearmand ? "gearmand 1.1.20" : "our job server");
  const metrics = await freePort();
  const conf = [
    ...[`server=127.0.0.1:${server.port}`, `key=${KEY}`, "encryption=yes", "services=yes", "hosts=no"],
    ...["eventhandler=no", "logmode=core", `prometheus_server=127.0.0.1:${metrics}`, ""],
  ];
  writeFileSync(join(folder, "module.conf"), conf.join("\n"));
  const module = `${programs.shim} bridge_command=${process.execPath} bridge_arg=${programs.bridge} config=${folder}/module.conf`;
  const times = join(folder, "times.jsonl");
  const consumer = new Consumer(server.port);
  consumer.run(true);
  const config = writeNaemonSite({ ...SITE, folder, module });
  const core = await startNaemon(config, folder, {
    LD_PRELOAD: compileTimes(folder),
    CALLBACK_TIMES: times,
  });
  print(
    `start with the module: ${core.startSeconds.toFixed(1)} s, core ${residentMib(core.pid).toFixed(0)} MiB`,
  );
  await sleep(SAMPLE_MS);
  const [bridge] = bridgePids(folder);
  if (bridge === undefined) throw new Error(`no bridge: ${readFileSync(join(folder, "core.log"), "latin1")}`);
  const pids = { core: core.pid, bridge, server: server.pid, workers: process.pid };
  const counted = async () => ({
    at: performance.now(),
    submitted: await bridgeCount(metrics, "jobs_submitted_total"),
    applied: await bridgeCount(metrics, "results_applied_total"),
    cpu: Object.values(pids).map(fineCpuSeconds),
  });
  const first = await counted();
  let last = first;
  const most = new Map<string, number>();
  while (last.at - first.at < RUN_SECONDS * 1000) {
    await sleep(SAMPLE_MS);
    const now = await counted();
    const memory = Object.entries(pids).map(([name, pid]) => [name, residentMib(pid)] as const);
    for (const [name, mib] of memory) most.set(name, Math.max(most.get(name) ?? 0, mib));
    const seconds = (now.at - last.at) / 1000;
    print(
      `${Math.round((now.at - first.at) / 1000)} s: ${Math.round((now.submitted - last.submitted) / seconds)} checks/s, ` +
        `${Math.round((now.applied - last.applied) / seconds)} results/s, MiB: ` +
        memory.map(([name, mib]) => `${name} ${mib.toFixed(0)}`).join(", "),
    );
    last = now;
  }
  const seconds = (last.at - first.at) / 1000;
  const due = (SERVICES / INTERVAL_SECONDS) * seconds;
  print(
    `in ${seconds.toFixed(0)} s due ${Math.round(due)}, submitted ${last.submitted - first.submitted}, ` +
      `applied ${last.applied - first.applied}: ${Math.round(due / seconds)}, ` +
      `${Math.round((last.submitted - first.submitted) / seconds)} and ${Math.round((last.applied - first.applied) / seconds)} a second`,
  );
  print(`most memory, MiB: ${[...most].map(([name, mib]) => `${name} ${mib.toFixed(0)}`).join(", ")}`);
  const cpu = Object.keys(pids).map(
    (name, at) => `${name} ${((((last.cpu[at] ?? 0) - (first.cpu[at] ?? 0)) / seconds) * 100).toFixed(0)} %`,
  );
  print(`CPU: ${cpu.join(", ")}`);
  print("callbacks of the module, without the functions of the core that they call:");
  printTimes(times);
  await stopNaemon(core);
  await consumer.close();
  await server.stop();
}

if (given.naemon === undefined) throw new Error("--naemon PREFIX is missing");
limitTime(2 * START_SECONDS + RUN_SECONDS + 2 * END_SECONDS);
const without = await measureWithout();
print(`start without the module: ${without.startSeconds.toFixed(1)} s, core ${without.mib.toFixed(0)} MiB`);
await measureWith();
