import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const numbers = (folder: string): number[] =>
  readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it ended while we looked
  }
}

/** Processes whose environment has the entry, zombies excluded (those have none). */
export function processesWith(entry: string): number[] {
  return numbers("/proc").filter((pid) => read(`/proc/${pid}/environ`).split("\0").includes(entry));
}

/** Children of a process that ended and were not waited for. */
export function zombiesOf(parent: number): number[] {
  return numbers("/proc").filter((pid) => {
    const [state, ppid] = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    return state === "Z" && Number(ppid) === parent;
  });
}

/** Open descriptors that are pipes or refer to processes: what a plugin run needs and must give back. */
export function runDescriptors(pid: number): string[] {
  return numbers(`/proc/${pid}/fd`)
    .map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return "";
      }
    })
    .filter((target) => /^pipe:|pidfd|fifo/i.test(target))
    .toSorted();
}
