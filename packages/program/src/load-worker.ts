import {
  adviseOnLog,
  ConfigError,
  type ConfigErrorCode,
  cannotRead,
  effectiveOf,
  foreignToWorker,
  helpText,
  type LoadDeps,
  type Loaded,
  type Program,
  parseGiven,
  SettingsReader,
  sourcesOf,
  stateOf,
  type Values,
  WarningCollector,
  type WorkerOptions,
  workerHelp,
  workerSchema,
} from "@mod-gearman/config";
import { resolvePassword } from "./password.ts";
import { present } from "./present.ts";

const EXIT_CODE = 2;

/** How the worker's settings are read. */
const workerProgram = {
  schema: workerSchema,
  grammar: "worker",
  foreign: foreignToWorker,
  exitCode: EXIT_CODE,
  switches: ["check_config"],
} as const satisfies Program;

type WorkerValues = Values<typeof workerSchema>;

/** What the worker was asked to do. */
export type WorkerRequest =
  | Loaded<WorkerOptions>
  /** Print this and exit with 3. */
  | { readonly help: string }
  /** Print the version and exit with 3. */
  | { readonly version: true }
  /** Run one command with these settings, which need neither server nor queue. */
  | (Loaded<WorkerOptions> & { readonly testcmd: string[] });

/**
 * Settings of the worker out of its arguments and the files they name. Source: worker.md 1.
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
  const values: WorkerValues = { ...parseGiven(workerProgram, reader.given, warnings) };
  const sources = sourcesOf(workerSchema, reader.given);
  complete(values, sources, deps, warnings);
  if (request.testcmd === undefined) validate(values, warnings);
  else values.enable_embedded_perl = true;
  const loaded: Loaded<WorkerOptions> = {
    options: toWorkerOptions(values),
    warnings: warnings.list(),
    sources,
    effective: effectiveOf(workerSchema, values, sources),
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

/** Sorts out what is not a setting, before any file is read: help must work with a broken configuration too. */
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
  return reader;
}

/** Values that depend on others or on the machine. */
function complete(
  values: WorkerValues,
  sources: Map<string, string>,
  deps: LoadDeps,
  warnings: WarningCollector,
): void {
  values.identifier ??= Buffer.from(deps.hostname?.() || "unknown");
  if (values["sink-rate"] === 0) values["sink-rate"] = values["spawn-rate"];
  if (values["min-worker"] > values["max-worker"]) {
    const text = `max-worker is below min-worker, raised to ${values["min-worker"]}`;
    warnings.add("info", text, sources.get("max-worker") ?? sources.get("min-worker") ?? "");
    values["max-worker"] = values["min-worker"];
  }
  adviseOnLog(values, sources, warnings, "the log goes to standard output");
  values.key = resolvePassword(values, { sources, exitCode: EXIT_CODE, deps, warnings, cannotRead });
}

/** In the order of worker.md 1.7. */
function validate(values: WorkerValues, warnings: WarningCollector): void {
  if (values.server.length === 0) throw failure("NO_SERVER", "no server specified", warnings);
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

/** The interface that other rooms see. */
function toWorkerOptions(v: WorkerValues): WorkerOptions {
  return present({
    identifier: v.identifier ?? Buffer.from("unknown"),
    debug: v.debug,
    logmode: v.logmode,
    logfile: v.logfile,
    debugResult: v["debug-result"],
    daemon: v.daemon,
    pidfile: v.pidfile,
    servers: v.server,
    dupservers: v.dupserver,
    encryption: v.encryption,
    key: v.key,
    hosts: v.hosts,
    services: v.services,
    eventhandler: v.eventhandler,
    notifications: v.notifications,
    hostgroups: v.hostgroups,
    servicegroups: v.servicegroups,
    functions: () => functionsOf(v),
    maxAgeSeconds: v["max-age"],
    jobTimeoutSeconds: v.job_timeout,
    timeoutReturn: stateOf(v.timeout_return),
    minWorker: v["min-worker"],
    maxWorker: v["max-worker"],
    idleTimeoutSeconds: v["idle-timeout"],
    maxJobs: v["max-jobs"],
    spawnRate: v["spawn-rate"],
    sinkRate: v["sink-rate"],
    numResultWorker: v["num-result-worker"],
    backgroundingThresholdSeconds: v["backgrounding-threshold"],
    loadCpuMulti: v.load_cpu_multi,
    loadLimit1: v.load_limit1,
    loadLimit5: v.load_limit5,
    loadLimit15: v.load_limit15,
    memLimitPercent: v.mem_limit,
    showErrorOutput: v.show_error_output,
    workerNameInResult: v.worker_name_in_result,
    dupResultsArePassive: v.dup_results_are_passive,
    dupserverBacklogQueueSize: v.dupserver_backlog_queue_size,
    restrictPath: v.restrict_path,
    restrictCommandCharacters: v.restrict_command_characters,
    workaroundRc25: v.workaround_rc_25,
    forkOnExec: v.fork_on_exec,
    gearmanConnectionTimeoutMs: v.gearman_connection_timeout,
    enableEmbeddedPerl: v.enable_embedded_perl,
    useEmbeddedPerlImplicitly: v.use_embedded_perl_implicitly,
    usePerlCache: v.use_perl_cache,
    p1File: v.p1_file,
    internalNegate: v.internal_negate,
    internalCheckDummy: v.internal_check_dummy,
    internalCheckNscWeb: v.internal_check_nsc_web,
    internalCheckPrometheus: v.internal_check_prometheus,
    prometheusServer: v.prometheus_server,
    limitCpuSeconds: v.limit_cpu_seconds || undefined,
    limitMemoryBytes: v.limit_memory || undefined,
    limitOpenFiles: v.limit_open_files || undefined,
    runAs: v.run_as,
    stickyState: v.sticky_state,
    resultSpool: v.result_spool,
    resultSpoolBytes: v.result_spool_size,
    allowDrainJob: v.allow_drain_job,
  });
}
