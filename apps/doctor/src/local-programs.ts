import type { Machine } from "./world.ts";

/** A running program of the suite, or a job server, on this machine. */
export interface LocalProgram {
  readonly pid: number;
  /** Name as the kernel keeps it, at most 15 characters. */
  readonly name: string;
  readonly openFiles: number | undefined;
  readonly openFilesLimit: number;
  readonly processesLimit: number;
  readonly residentBytes: number;
}

const NAMES = new Set(["gearmand", "mod_gearman_wor", "mod_gearman_bri"]);
const KIB = 1024;

export function localPrograms(machine: Machine): LocalProgram[] {
  const found: LocalProgram[] = [];
  for (const entry of machine.procNames("")) {
    if (!/^\d+$/.test(entry)) continue;
    const name = machine.proc(`${entry}/comm`)?.trim() ?? "";
    if (NAMES.has(name)) found.push(programOf(Number(entry), name, machine));
  }
  return found;
}

function programOf(pid: number, name: string, machine: Machine): LocalProgram {
  const limits = machine.proc(`${pid}/limits`) ?? "";
  const files = machine.procNames(`${pid}/fd`).length;
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(machine.proc(`${pid}/status`) ?? "")?.[1] ?? "0";
  return {
    pid,
    name,
    openFiles: files === 0 ? undefined : files, // another user's folder is not shown
    openFilesLimit: limitOf("Max open files", limits),
    processesLimit: limitOf("Max processes", limits),
    residentBytes: Number(resident) * KIB,
  };
}

/** Soft limit; Infinity if there is none or it is unknown. */
function limitOf(name: string, text: string): number {
  const value = new RegExp(`^${name}\\s+(\\d+)`, "m").exec(text)?.[1];
  return value === undefined ? Number.POSITIVE_INFINITY : Number(value);
}
