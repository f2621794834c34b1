import { omitUndefined } from "@mod-gearman/base";
import {
  adviseOnLog,
  ConfigError,
  type ConfigErrorCode,
  cannotRead,
  type EnvironmentReader,
  effectiveOf,
  foreignToWorker,
  helpText,
  type LoadDeps,
  type Loaded,
  type Program,
  parseGiven,
  SettingsReader,
  sourcesOf,
  takeEnvironment,
  toOptions,
  type ValuesOf,
  WarningCollector,
  type WorkerOptions,
  workerEnvironment,
  workerHelp,
  workerTable,
} from "@mod-gearman/config";
import { readIdentity } from "./envelope-files.ts";
import { resolvePassword } from "./password.ts";
import { completeTls } from "./tls-options.ts";

const EXIT_CODE = 2;

const workerProgram = {
  table: workerTable,
  grammar: "worker",
  foreign: foreignToWorker,
  environment: workerEnvironment,
  exitCode: EXIT_CODE,
  switches: ["check_config"],
} as const satisfies Program & EnvironmentReader;

type WorkerValues = ValuesOf<typeof workerTable>;

export type WorkerRequest =
  | Loaded<WorkerOptions>
  /** Exit code 3. */
  | { readonly help: string }
  /** Exit code 3. */
  | { readonly version: true }
  /** Runs one command with these settings, which need neither server nor queue. */
  | (Loaded<WorkerOptions> & { readonly testcmd: string[] });

/**
 * Settings of the worker from its arguments, their files and the environment (`deps.env`). Source: worker.md 1.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError NO_SERVER, NO_QUEUE, NO_KEY, UNREADABLE_FILE, TOO_DEEP, BAD_LINE, BAD_VALUE; exit code 2
 */
export function loadWorker(argv: readonly string[], deps: LoadDeps): WorkerRequest {
  const request = splitArguments(argv);
  if (request.kind === "help") return { help: helpText(workerHelp) };
  if (request.kind === "version") return { version: true };
  const warnings = new WarningCollector();
  const reader = readArguments(request.settings, deps, warnings);
  const identifier = Buffer.from(deps.hostname?.() || "unknown");
  const values = parseGiven(workerProgram, reader.given, warnings, { identifier });
  const sources = sourcesOf(workerTable, reader.given);
  complete(values, sources, deps, warnings);
  if (request.testcmd === undefined) validate(values, warnings);
  else values.enableEmbeddedPerl = true;
  const context = { sources, exitCode: EXIT_CODE, deps, warnings };
  const identityFile = readIdentity(values.envelope, values.envelopeIdentityFile, context);
  if (request.testcmd === undefined) completeTls(values, context);
  const loaded: Loaded<WorkerOptions> = {
    options: { ...toWorkerOptions(values), ...omitUndefined({ identityFile }) },
    warnings: warnings.list(),
    sources,
    effective: effectiveOf(workerTable, values, sources),
    checkConfig: request.checkConfig,
  };
  return request.testcmd === undefined ? loaded : { ...loaded, testcmd: request.testcmd };
}

type Split =
  | { kind: "help" }
  | { kind: "version" }
  | { kind: "run"; settings: string[]; checkConfig: boolean; testcmd: string[] | undefined };

const HELP = /^(?:--?(?:help|h)|help)$/i;
const VERSION = /^(?:--?(?:version|v)|version)$/i;
const CHECK_CONFIG = /^--?check[-_]config$/i;

/** Separates settings from requests before any file is read: help must work with a broken configuration too. */
function splitArguments(argv: readonly string[]): Split {
  const settings: string[] = [];
  let checkConfig = false;
  for (const [index, argument] of argv.entries()) {
    if (argument === "--") break;
    if (HELP.test(argument)) return { kind: "help" };
    if (VERSION.test(argument)) return { kind: "version" };
    if (argument === "testcmd") {
      const rest = argv.slice(index + 1);
      const testcmd = rest[0] === "--" ? rest.slice(1) : rest;
      return { kind: "run", settings, checkConfig, testcmd };
    }
    if (CHECK_CONFIG.test(argument)) checkConfig = true;
    else settings.push(argument);
  }
  return { kind: "run", settings, checkConfig, testcmd: undefined };
}

function readArguments(
  settings: readonly string[],
  deps: LoadDeps,
  warnings: WarningCollector,
): SettingsReader {
  const reader = new SettingsReader(workerProgram, deps, warnings);
  reader.takeArguments(settings);
  takeEnvironment(reader, workerProgram, deps, warnings);
  return reader;
}

/** Completes values that depend on others. */
function complete(
  values: WorkerValues,
  sources: Map<string, string>,
  deps: LoadDeps,
  warnings: WarningCollector,
): void {
  if (values.sinkRate === 0) values.sinkRate = values.spawnRate;
  if (values.minWorker > values.maxWorker) {
    const text = `max-worker is below min-worker, raised to ${values.minWorker}`;
    warnings.add("info", text, sources.get("max-worker") ?? sources.get("min-worker") ?? "");
    values.maxWorker = values.minWorker;
  }
  adviseOnLog(values, sources, warnings, "the log goes to standard output");
  values.key = resolvePassword(values, { sources, exitCode: EXIT_CODE, deps, warnings, cannotRead });
}

/** In the order of worker.md 1.7. */
function validate(values: WorkerValues, warnings: WarningCollector): void {
  if (values.servers.length === 0) throw failure("NO_SERVER", "no server specified", warnings);
  if (functionsOf(values).length === 0) throw failure("NO_QUEUE", "no listen queues defined", warnings);
  if (values.encryption && values.key === undefined) {
    throw failure("NO_KEY", "encryption enabled but no keys defined", warnings);
  }
}

function failure(code: ConfigErrorCode, text: string, warnings: WarningCollector): ConfigError {
  return new ConfigError(code, text, { exitCode: EXIT_CODE, warnings: warnings.list() });
}

function functionsOf(values: WorkerValues): Buffer[] {
  const group = (prefix: string) => (name: Buffer) => Buffer.concat([Buffer.from(prefix), name]);
  return [
    ...(values.eventhandler ? [Buffer.from("eventhandler")] : []),
    ...(values.hosts ? [Buffer.from("host")] : []),
    ...(values.services ? [Buffer.from("service")] : []),
    ...(values.notifications ? [Buffer.from("notification")] : []),
    ...values.hostgroups.map(group("hostgroup_")),
    ...values.servicegroups.map(group("servicegroup_")),
  ];
}

const LIMITS = ["limitCpuSeconds", "limitMemoryBytes", "limitOpenFiles"] as const;

function toWorkerOptions(values: WorkerValues): WorkerOptions {
  const kept: WorkerValues = { ...values };
  for (const limit of LIMITS) kept[limit] ||= undefined; // 0: no limit
  return { ...toOptions(kept), functions: () => functionsOf(values) };
}
