import { readdirSync, readFileSync } from "node:fs";

/** Process ids of the bridges of this machine whose socket is below a folder. */
export function bridgePids(folder: string): number[] {
  const listensHere = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(`--bridge-socket=${folder}/`);
    } catch {
      return false; // it ended while we looked
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && listensHere(name))
    .map(Number);
}
