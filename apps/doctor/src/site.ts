import { printAddress, type ServerAddress } from "@mod-gearman/base";
import {
  ConfigError,
  type DoctorOptions,
  type Loaded,
  type ModuleOptions,
  type WorkerOptions,
} from "@mod-gearman/config";
import { type BrokerLine, CoreConfig, loadModule, loadWorker, SitePlaces } from "@mod-gearman/program";
import type { Machine, NamedServer, World } from "./world.ts";

const MAX_CONFIG_BYTES = 1_048_576;

/** A configuration, or why it cannot be used. */
export interface Configuration<T> {
  /** The file or line that it is read from. */
  readonly from: string;
  readonly loaded?: Loaded<T> | undefined;
  readonly problem?: string | undefined;
  /** Whether that is a problem of the key. */
  readonly isKeyProblem?: boolean;
}

/** What of a site is on this machine, and its job servers. */
export interface Site {
  readonly core?: CoreConfig | undefined;
  /** A core's file that was named, and cannot be read. */
  readonly unreadableCore?: string | undefined;
  /** Lines that load a Mod-Gearman. */
  readonly brokerLines: readonly BrokerLine[];
  readonly module?: Configuration<ModuleOptions> | undefined;
  readonly worker?: Configuration<WorkerOptions> | undefined;
  readonly servers: readonly NamedServer[];
}

/** Reads the configurations that the options name, or that are found where they usually are. */
export function readSite(options: DoctorOptions, world: World): Site {
  const places = new SitePlaces(
    (path) => world.machine.facts(path)?.kind === "file",
    world.files.env?.OMD_ROOT,
  );
  const corePath = options.coreConfig ?? places.core();
  const core = corePath === undefined ? undefined : readCore(corePath, world.machine);
  const brokerLines = core?.brokerLines.filter(isModGearman) ?? [];
  const module = moduleOf(options, brokerLines, places, world);
  const workerPath = options.workerConfig ?? places.worker();
  const worker =
    workerPath === undefined
      ? undefined
      : read(workerPath, world.machine, () =>
          workerOptions(loadWorker([`--config=${workerPath}`], world.files)),
        );
  const servers = [
    ...options.servers,
    ...(module?.loaded?.options.servers ?? []),
    ...(worker?.loaded?.options.servers ?? []),
  ];
  return {
    core,
    unreadableCore: core === undefined ? corePath : undefined,
    brokerLines,
    module,
    worker,
    servers: withoutTwins(servers).map((server) => ({ server, name: printAddress(server) })),
  };
}

function readCore(path: string, machine: Machine): CoreConfig | undefined {
  const bytes = machine.read(path, MAX_CONFIG_BYTES);
  return bytes === undefined ? undefined : new CoreConfig(path, bytes.toString("latin1"));
}

/** Whether a module's file is ours or one of the classic suite, which has the same names. */
function isModGearman({ file }: BrokerLine): boolean {
  return /mod_gearman[^/]*\.s?o$/.test(file);
}

function moduleOf(
  options: DoctorOptions,
  lines: readonly BrokerLine[],
  places: SitePlaces,
  world: World,
): Configuration<ModuleOptions> | undefined {
  const args = lines[0]?.args;
  const path = options.moduleConfig ?? (args === undefined ? places.module() : undefined);
  if (path !== undefined)
    return read(path, world.machine, () => loadModule(`config=${path}`, world.workingFolder, world.files));
  if (args === undefined) return undefined;
  return read("the broker_module line", world.machine, () =>
    loadModule(args, world.workingFolder, world.files),
  );
}

function read<T>(from: string, machine: Machine, load: () => Loaded<T>): Configuration<T> {
  try {
    return { from, loaded: load() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const where = error.where === "" ? "" : ` (${error.where})`;
    return { from, problem: `${error.message}${where}`, isKeyProblem: isAboutKeyFile(error, machine) };
  }
}

/** A key that is missing, or a line that names a key file which cannot be read. */
function isAboutKeyFile({ code, where }: ConfigError, machine: Machine): boolean {
  const [, path, number] = /^(\/.*):(\d+)$/.exec(where) ?? [];
  if (code !== "UNREADABLE_FILE" || path === undefined) return code === "NO_KEY";
  const line = machine.read(path, MAX_CONFIG_BYTES)?.toString("latin1").split("\n")[Number(number) - 1];
  return /^\s*(?:key|password)file/i.test(line ?? "");
}

function workerOptions(request: ReturnType<typeof loadWorker>): Loaded<WorkerOptions> {
  if ("options" in request) return request;
  throw new Error("the worker was asked for nothing but its options");
}

/** Of entries for one server, one of them with TLS is taken if there is one. */
function withoutTwins(servers: readonly ServerAddress[]): ServerAddress[] {
  const kept = new Map<string, ServerAddress>();
  for (const server of servers) {
    const name = printAddress(server);
    const known = kept.get(name);
    if (known === undefined || (known.tls === undefined && server.tls !== undefined)) kept.set(name, server);
  }
  return [...kept.values()];
}
