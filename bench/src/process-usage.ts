import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks per second, the unit of CPU times in /proc. */
export const TICKS_PER_SECOND: number = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** CPU time of a process in seconds since its start; `children`: ended and reaped ones. */
export interface CpuSeconds {
  readonly own: number;
  readonly children: number;
}

/** Reads /proc/PID/stat; steps of one clock tick, 10 ms as a rule. Source: proc(5), fields 14 to 17. */
export function cpuSeconds(pid: number): CpuSeconds {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name in front may hold blanks
  const ticks = (from: number): number => Number(fields[from - 3]) + Number(fields[from - 2]);
  return { own: ticks(14) / TICKS_PER_SECOND, children: ticks(16) / TICKS_PER_SECOND };
}

/**
 * CPU time in seconds of all threads that a process has now, without those that have ended. Finer than {@link cpuSeconds}:
 * nanoseconds while the process sleeps. Source: Documentation/scheduler/sched-stats.rst of Linux, "/proc/<pid>/schedstat".
 */
export function fineCpuSeconds(pid: number): number {
  return threadsOf(pid).reduce((sum, thread) => sum + threadCpuSeconds(pid, thread), 0);
}

/** CPU time of one thread as in {@link fineCpuSeconds}, 0 if it has ended. The main one has the number of the process. */
export function threadCpuSeconds(pid: number, thread: number | string): number {
  return Number(readOrNothing(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]) / 1e9;
}

/** A process and the processes of the same program below it: a worker that forks, without its plugins. */
export function treeOf(pid: number): number[] {
  const name = programOf(pid);
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) => childrenOf(pid, thread));
  return [pid, ...children.filter((child) => programOf(child) === name).flatMap((child) => treeOf(child))];
}

/** Of a worker that forks the sum over its processes. */
export function cpuOfTree(pid: number): CpuSeconds {
  const all = treeOf(pid).map(cpuSeconds);
  return {
    own: all.reduce((sum, { own }) => sum + own, 0),
    children: all.reduce((sum, { children }) => sum + children, 0),
  };
}

/** A process and all its descendants. */
export function descendantsOf(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) => childrenOf(pid, thread));
  return [pid, ...children.flatMap(descendantsOf)];
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // ended
  }
}

/** `own`: the process itself; `children`: all its descendants, running and ended. */
export function cpuOfDescendants(pid: number): CpuSeconds {
  const [, ...others] = descendantsOf(pid);
  const { own, children } = cpuSeconds(pid);
  const below = sumOf(others, (other) => {
    const cpu = cpuSeconds(other);
    return cpu.own + cpu.children;
  });
  return { own, children: children + below };
}

/** Of a process and everything below it, in MiB. */
export function residentMibOfDescendants(pid: number): number {
  return sumOf(descendantsOf(pid), residentMib);
}

/** Processes that end in the meantime count as zero. */
function sumOf(pids: readonly number[], amountOf: (pid: number) => number): number {
  return pids.reduce((sum, pid) => {
    try {
      return sum + amountOf(pid);
    } catch {
      return sum;
    }
  }, 0);
}

function childrenOf(pid: number, thread: string): number[] {
  const text = readOrNothing(`/proc/${pid}/task/${thread}/children`);
  return text.split(" ").filter(Boolean).map(Number);
}

function programOf(pid: number): string {
  return readOrNothing(`/proc/${pid}/comm`);
}

/** Processes may end in the meantime. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** Resident memory of a process in MiB. */
export function residentMib(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  if (match === null) throw new Error(`process ${pid} has no VmRSS`);
  return Number(match[1]) / 1024;
}
