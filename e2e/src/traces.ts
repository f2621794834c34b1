import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const numbers = (folder: string): number[] =>
  readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it has ended in the meantime
  }
}

/** Processes whose environment contains the entry, without zombies, which have none. */
export function processesWith(entry: string): number[] {
  return numbers("/proc").filter((pid) => read(`/proc/${pid}/environ`).split("\0").includes(entry));
}

/** Children of a process that have ended and are not reaped. */
export function zombiesOf(parent: number): number[] {
  return numbers("/proc").filter((pid) => {
    const [state, ppid] = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    return state === "Z" && Number(ppid) === parent;
  });
}

/** Open descriptors that are pipes or refer to processes: those that a plugin run needs and must release. */
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
