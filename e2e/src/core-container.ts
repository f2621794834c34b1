import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, dirname } from "node:path";

import { isWatcher } from "./bridge-pids.ts";
import { command } from "./command.ts";
import { removeContainer, runContainer } from "./containers.ts";
import { type CoreKind, ensureImage } from "./image.ts";
import { inside, programs } from "./paths.ts";
import type { Site } from "./site.ts";

/** A core in a container with its own process namespace, on this machine's network. */
export interface RunningCore {
  /** Process id of the core on this machine. */
  readonly pid: number;
  /** Process ids of bridges in the container. */
  bridgePids(): number[];
  isRunning(): Promise<boolean>;
  reload(): void;
  stop(): Promise<void>;
  /** Output of the core. */
  output(): Promise<string>;
}

function mounts(site: Site): string[] {
  const pairs = [
    [site.folder, inside.core, "rw"],
    [dirname(programs.shim), dirname(inside.shim), "ro"],
    [dirname(programs.bridge), dirname(inside.bridge), "ro"],
    [dirname(process.execPath), dirname(inside.node), "ro"],
  ];
  return pairs.flatMap(([from, to, mode]) => ["-v", `${from}:${to}:${mode}`]);
}

function namespaceOf(pid: number | string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function commandLineOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
  } catch {
    return [];
  }
}

/** It shows itself under its own name, with the arguments of the module. */
const isBridge = (args: readonly string[]): boolean =>
  !isWatcher(args) && args.some((word) => word.startsWith("--bridge-socket="));

/** Processes in the same process namespace, with their arguments. */
function processesBeside(pid: number): { pid: number; args: string[] }[] {
  const namespace = namespaceOf(pid);
  if (namespace === undefined) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && namespaceOf(name) === namespace)
    .map((name) => ({ pid: Number(name), args: commandLineOf(name) }));
}

function coreArguments(kind: CoreKind, binary: string): string {
  const user = kind === "naemon" ? "naemon" : "nagios";
  // Nagios changes its user itself; Naemon (1.5) refuses to be started as root.
  const become = kind === "naemon" ? "setpriv --reuid naemon --regid naemon --clear-groups " : "";
  // The shell stays process 1, so that it reaps orphans (the bridge is one by design).
  return (
    `chown -R ${user}: ${inside.core}; ${become}${binary} ${inside.core}/core.cfg & core=$!; ` +
    `trap 'kill -TERM $core' TERM; while kill -0 $core 2>/dev/null; do wait $core; done`
  );
}

const START_MS = 20_000;
const LOOK_PAUSE_MS = 50;

/** Finds the core among the container's processes, once its shell has started it. */
async function findCore(shell: number, binary: string): Promise<number> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    const isCore = (args: string[]): boolean => args[0] === binary && args[1] === `${inside.core}/core.cfg`;
    const found = processesBeside(shell).find(({ args }) => isCore(args));
    if (found !== undefined) return found.pid;
    if (performance.now() > deadline) throw new Error(`${binary} did not start within ${START_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
  }
}

/** Starts a core over a site's folder. If that fails, no container is left. */
export async function startCore(kind: CoreKind, binary: string, site: Site): Promise<RunningCore> {
  const image = await ensureImage(kind);
  const id = `mod-gearman-e2e-${basename(site.folder)}`;
  try {
    const main = ["sh", "-c", coreArguments(kind, binary)];
    await runContainer(id, "--network", "host", ...mounts(site), image, ...main);
    const shell = Number(await command("podman", ["inspect", "--format", "{{.State.Pid}}", id]));
    return runningCore(id, shell, await findCore(shell, binary));
  } catch (cause) {
    const output = await command("podman", ["logs", id]).catch(() => "");
    await removeContainer(id);
    throw new Error(`${kind} did not start: ${output}`, { cause });
  }
}

function runningCore(id: string, shell: number, pid: number): RunningCore {
  return {
    pid,
    bridgePids: () =>
      processesBeside(shell)
        .filter(({ args }) => isBridge(args))
        .map((one) => one.pid),
    isRunning: async () => namespaceOf(pid) !== undefined,
    reload: () => process.kill(pid, "SIGHUP"),
    output: () => command("podman", ["logs", id]),
    stop: async () => {
      await command("podman", ["stop", "--time", "10", id]).catch(() => undefined);
      await removeContainer(id);
    },
  };
}
