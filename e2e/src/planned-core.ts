import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { type CoreEvent, parseCoreEvent } from "./check-plan.ts";
import { linkPrograms } from "./links.ts";
import { programs } from "./paths.ts";

const SERVICES = 50;
const CONF = ["encryption=no", "services=yes", "hosts=no", "eventhandler=no", "internal_check_dummy=no"];

/** What a test core under load is started with. */
export interface PlannedLoad {
  /** Holds the links to the programs, the configuration and `core.log`. */
  readonly folder: string;
  readonly moduleArgs: string;
  readonly checksPerSecond: number;
  /** Seconds between two checks of a service. */
  readonly intervalSeconds: number;
  readonly onEvent: (event: CoreEvent) => void;
  /** Further arguments of the core. */
  readonly more?: readonly string[];
}

/** A test core that plans checks all the time. */
export interface PlannedCore {
  readonly pid: number;
  reload(): void;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Writes a configuration for these job servers, in order of preference, and links the programs into the folder.
 *
 * @returns arguments of the module
 */
export function preparePlannedLoad(folder: string, ports: readonly number[]): string {
  const servers = ports.map((port) => `127.0.0.1:${port}`).join(",");
  writeFileSync(join(folder, "module.conf"), [`server=${servers}`, ...CONF, ""].join("\n"));
  return `${linkPrograms(folder).bridgeArgs} config=${folder}/module.conf`;
}

/**
 * Starts a test core that plans so many checks a second, for workers with `--internal_check_dummy=yes`. The output of a
 * check holds the second of its plan, so two runs of one service differ.
 */
export function startPlannedCore(load: PlannedLoad): PlannedCore {
  const { folder, moduleArgs, checksPerSecond, intervalSeconds, onEvent, more = [] } = load;
  const hosts = Math.ceil((checksPerSecond * intervalSeconds) / SERVICES);
  const core = spawn(
    programs.testcore,
    [
      ...[`--module=${folder}/mod_gearman.so`, `--args=${moduleArgs}`, `--log=${folder}/core.log`],
      ...[`--hosts=${hosts}`, `--services=${SERVICES}`, `--interval=${intervalSeconds}`],
      ...["--no-host-checks", "--events-json", "--check-timeout=60"],
      "--command=/plugins/check_dummy 0 $TIMET$",
      ...more,
    ],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, TMPDIR: folder } },
  );
  const ended = once(core, "close");
  createInterface({ input: core.stdout }).on("line", (line) => {
    const event = parseCoreEvent(line);
    if (event !== undefined) onEvent(event);
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    core.kill(signal);
    await ended;
  };
  if (core.pid === undefined) throw new Error(`cannot start ${programs.testcore}`);
  return {
    pid: core.pid,
    reload: () => core.kill("SIGHUP"),
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}
