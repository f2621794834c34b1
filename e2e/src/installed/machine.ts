import { basename } from "node:path";

import { attempt, command, type Ended } from "../command.ts";
import { removeContainer, runContainer } from "../containers.ts";

/** A container without network in which packages are installed. */
export interface Machine {
  readonly name: string;
  /** Runs a command of a shell as root. It may fail. */
  try(script: string, timeoutMs?: number): Promise<Ended>;
  /** @returns what it printed @throws Error if it fails */
  run(script: string, timeoutMs?: number): Promise<string>;
  /** Runs the command until it succeeds. @returns milliseconds that took @throws Error with its last output */
  until(script: string, limitMs: number): Promise<number>;
  remove(): Promise<void>;
}

export interface MachineOptions {
  readonly image: string;
  /** Folder on this machine, readable as /packages. */
  readonly packages: string;
  /** What process 1 is: systemd, or a shell that does nothing. */
  readonly init: "systemd" | "none";
  /** Further paths there, and the folders of this machine that are readable under them. */
  readonly folders?: Readonly<Record<string, string>>;
}

const BOOT_MS = 60_000;
const COMMAND_MS = 180_000;
const PAUSE_MS = 500;
let made = 0;

/** Starts a machine; with systemd it is up when this returns. */
export async function startMachine({ image, packages, init, folders }: MachineOptions): Promise<Machine> {
  made += 1;
  const name = `mod-gearman-installed-${process.pid}-${made}`;
  const machine = machineNamed(name);
  const main = init === "systemd" ? ["--systemd=always"] : [];
  // bash waits for orphans, as an init does
  const what =
    init === "systemd" ? ["/sbin/init"] : ["bash", "-c", "trap exit TERM; while :; do sleep 60 & wait; done"];
  try {
    await runContainer(
      name,
      ...main,
      // one name for all, as it becomes that of a queue
      ...["--network", "none", "--hostname", "installed", "--env", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"],
      ...Object.entries({ "/packages": packages, ...folders }).flatMap(([to, from]) => [
        "-v",
        `${from}:${to}:ro`,
      ]),
      ...[image, ...what],
    );
    if (init === "systemd")
      await machine.until("systemctl is-system-running | grep -E 'running|degraded'", BOOT_MS);
    return machine;
  } catch (cause) {
    const log = await command("podman", ["logs", name]).catch(() => "");
    await removeContainer(name);
    throw new Error(`${basename(image)} did not boot: ${log}`, { cause });
  }
}

function machineNamed(name: string): Machine {
  const tryIt = (script: string, timeoutMs = COMMAND_MS): Promise<Ended> =>
    attempt("podman", ["exec", name, "bash", "-c", `exec 2>&1\n${script}`], { timeoutMs });
  return {
    name,
    try: tryIt,
    run: async (script, timeoutMs) => {
      const { code, output } = await tryIt(script, timeoutMs);
      if (code !== 0) throw new Error(`exit code ${code} of: ${script}\n${output}`);
      return output;
    },
    until: async (script, limitMs) => {
      const start = performance.now();
      for (;;) {
        const { code, output } = await tryIt(script);
        const ms = performance.now() - start;
        if (code === 0) return ms;
        if (ms > limitMs) throw new Error(`not within ${limitMs} ms: ${script}\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    },
    remove: () => removeContainer(name),
  };
}
