import { readdirSync, readFileSync } from "node:fs";

/** True for the arguments of the shell that waits for a bridge (native/neb/src/link/spawn.c). */
export function isWatcher(args: readonly string[]): boolean {
  return args[3] === "mod_gearman_bridge_watcher";
}

/** Process ids of the bridges of this machine whose socket is below a folder. */
export function bridgePids(folder: string): number[] {
  const listensHere = (pid: string): boolean => {
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, "latin1");
      return commandLine.includes(`--bridge-socket=${folder}/`) && !isWatcher(commandLine.split("\0"));
    } catch {
      return false; // it has ended in the meantime
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && listensHere(name))
    .map(Number);
}
