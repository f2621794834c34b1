import { readdirSync, readFileSync } from "node:fs";

/** A line of the process table. */
export interface ProcessEntry {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

/** All processes, zombies included: not every machine's init reaps orphans. */
export function processes(): ProcessEntry[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "latin1").replace(/^.*\) /s, "");
      const [state = "", parent, group] = fields.split(" ");
      return [{ pid: Number(name), state, parent: Number(parent), group: Number(group) }];
    } catch {
      return []; // ended meanwhile
    }
  });
}

/** Living processes of a group. */
export function aliveIn(group: number): number {
  return processes().filter((entry) => entry.group === group && entry.state !== "Z").length;
}

/** Children of this process that ended and were not waited for. */
export function zombies(): ProcessEntry[] {
  return processes().filter(({ state, parent }) => state === "Z" && parent === process.pid);
}

/** Open descriptors of this process by target, without the one that reads the list. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length - 1;
}
