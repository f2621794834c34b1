import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** CPU time of a process in seconds since its start; `children` are those that ended and were waited for. */
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

/** Resident memory of a process in MiB. */
export function residentMib(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  if (match === null) throw new Error(`process ${pid} has no VmRSS`);
  return Number(match[1]) / 1024;
}
