import { existsSync, readdirSync, readFileSync } from "node:fs";

import { join } from "node:path";

import type { Running } from "../../e2e/src/processes.ts";
import { KEY } from "./check-jobs.ts";
import { scratchFolder, startProgram } from "./own-processes.ts";
import {
  type CpuSeconds,
  cpuOfDescendants,
  cpuOfTree,
  fineCpuSeconds,
  residentMib,
  residentMibOfDescendants,
  treeOf,
} from "./process-usage.ts";

/** A worker that waits for jobs in its own queue. */
export interface WorkerUnderTest {
  readonly name: string;
  readonly queue: Buffer;
  readonly pid: number;
  /** CPU time of the worker with all its processes; `children`: the plugins. */
  cpu(): CpuSeconds;
  residentMib(): number;
  stop(): Promise<void>;
}

/** How to start one of the three workers. */
export interface WorkerProgram {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** It has a Perl server, whose memory counts as the worker's, and its CPU time as the plugins'. */
  readonly hasPerl?: boolean;
}

/** Our built worker, with a folder for its journal of running jobs; `nodeArgs` precede the program. */
export function ours(mainFile: string, nodeArgs: readonly string[] = []): WorkerProgram {
  const pidfile = `--pidfile=${join(scratchFolder(), "worker.pid")}`;
  return {
    name: "our worker",
    file: process.execPath,
    args: [...nodeArgs, mainFile, pidfile, "--result_spool=off"],
  };
}

/** @throws Error if the program does not exist */
export function original(name: string, file: string): WorkerProgram {
  if (!existsSync(file)) throw new Error(`${name}: there is no ${file}`);
  if (!name.startsWith("C ")) return { name, file, args: [] };
  // at its end it kills its whole process group, so it gets a separate one
  return { name, file: "setsid", args: [file, "--max-jobs=1000000"] };
}

/** With embedded Perl; `script` is its Perl part, if it is not the bundled one. */
export function withPerl(program: WorkerProgram, script?: string): WorkerProgram {
  const p1File = script === undefined ? [] : [`--p1_file=${script}`];
  return { ...program, args: [...program.args, "--enable_embedded_perl=yes", ...p1File], hasPerl: true };
}

/** Starts a worker with exactly `slots` slots and without optional features that slow it down. */
export function startWorker(
  program: WorkerProgram,
  server: { port: number },
  slots: number,
): WorkerUnderTest {
  const group = `bench-${program.name.replaceAll(/\W/g, "-")}`;
  const running: Running = startProgram(program.file, [
    ...program.args,
    ...[`--server=127.0.0.1:${server.port}`, `--key=${KEY}`, "--encryption=yes", `--servicegroups=${group}`],
    ...[`--min-worker=${slots}`, `--max-worker=${slots}`, `--spawn-rate=${slots}`, "--idle-timeout=3600"],
    ...["--load_limit1=0", "--load_limit5=0", "--load_limit15=0", "--debug=0"],
    ...(program.name.startsWith("C ")
      ? []
      : ["--mem_limit=0", "--load_cpu_multi=0", "--internal_check_dummy=1"]),
  ]);
  return {
    name: program.name,
    queue: Buffer.from(`servicegroup_${group}`),
    pid: running.pid,
    cpu: () => {
      if (program.hasPerl) return cpuOfDescendants(running.pid);
      const cpu = cpuOfTree(running.pid);
      return program.file === process.execPath ? { ...cpu, own: fineCpuSeconds(running.pid) } : cpu;
    },
    residentMib: () =>
      program.hasPerl
        ? residentMibOfDescendants(running.pid)
        : treeOf(running.pid).reduce((sum, pid) => sum + residentMib(pid), 0),
    stop: async () => {
      await running.stop();
    },
  };
}

/** CPU seconds of each thread of a process so far, by name; same names are added up. */
export function cpuByThread(pid: number, ticksPerSecond: number): Map<string, number> {
  const threads = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
    const name = Number(thread) === pid ? "main" : stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const seconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    threads.set(name, (threads.get(name) ?? 0) + seconds);
  }
  return threads;
}
