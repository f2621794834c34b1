import { readdirSync, readFileSync } from "node:fs";

const KIB_PER_MIB = 1024;

/** Resident memory of a process in MiB. */
export function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / KIB_PER_MIB;
}

/** Open descriptors of a process. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Parts of a file that a process has in its memory. */
export function mappingsOf(pid: number, file: string): number {
  return readFileSync(`/proc/${pid}/maps`, "utf8")
    .split("\n")
    .filter((line) => line.endsWith(file)).length;
}
