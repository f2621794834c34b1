import { omitUndefined } from "@mod-gearman/base";
import {
  adviseOnLog,
  ConfigError,
  type ConfigErrorCode,
  type Entry,
  type EnvironmentReader,
  effectiveOf,
  foreignToModule,
  type LoadDeps,
  type Loaded,
  MODULE_LINE,
  type ModuleOptions,
  moduleEnvironment,
  moduleSetting,
  moduleTable,
  type Program,
  parseGiven,
  SettingsReader,
  sourcesOf,
  takeEnvironment,
  toOptions,
  upperCase,
  type ValuesOf,
  WarningCollector,
} from "@mod-gearman/config";
import { readIdentityList, readMaster } from "./envelope-files.ts";
import { resolvePassword } from "./password.ts";
import { completeTls } from "./tls-options.ts";

/** Exit code of the bridge for an unusable configuration. */
const EXIT_CODE = 2;

export const moduleProgram: Program & EnvironmentReader & { readonly table: typeof moduleTable } = {
  table: moduleTable,
  grammar: "module",
  foreign: foreignToModule,
  environment: moduleEnvironment,
  exitCode: EXIT_CODE,
  switches: ["core_pid", "check_config"],
};

type ModuleValues = ValuesOf<typeof moduleTable>;

/**
 * Settings of the module from the arguments on its `broker_module=` line. Source: neb-module.md 1.1, 1.2, 4.
 *
 * @param args bytes of the arguments as latin1 text; split at single blanks, `config=` is followed in place
 * @param base base of relative paths on that line
 * @param own arguments of the bridge itself that are module keys, see {@link BridgeOptions}; an option given here
 * replaces those of the line and its files
 * @throws ConfigError NO_SERVER, NO_KEY, UNREADABLE_FILE, TOO_DEEP, BAD_VALUE
 */
export function loadModule(
  args: string,
  base: string,
  deps: LoadDeps,
  own: readonly string[] = [],
): Loaded<ModuleOptions> {
  const warnings = new WarningCollector();
  const given = mergeOwn(readArguments(args, base, deps, warnings), readOwn(own, deps, warnings).given);
  if (args === "" && given.size === 0)
    throw failure("NO_SERVER", "error parsing arguments: none provided.", warnings);
  const values = parseGiven(moduleProgram, given, warnings);
  const sources = sourcesOf(moduleTable, given);
  if (values.servers.length === 0) throw failure("NO_SERVER", "please specify at least one server", warnings);
  applyByHandRule(values, given, warnings);
  if (values.queueCustomVariable) {
    values.queueCustomVariable = Buffer.from(
      upperCase(values.queueCustomVariable.toString("latin1")),
      "latin1",
    );
  }
  adviseOnLog(values, sources, warnings, "the core's log is used");
  values.key = resolvePassword(values, { sources, exitCode: EXIT_CODE, deps, warnings });
  if (values.encryption && values.key === undefined) {
    throw failure("NO_KEY", "no encryption key provided, please use --key=... or keyfile=...", warnings);
  }
  const context = { sources, exitCode: EXIT_CODE, deps, warnings };
  completeTls(values, context);
  const masterFile = readMaster(values.envelope, values.envelopeMasterFile, context);
  const identities =
    masterFile === undefined ? undefined : readIdentityList(values.envelopeIdentitiesFile, context);
  return {
    options: {
      ...toOptions(values),
      perfdataMode: values.perfdataMode === 1 ? 1 : 2,
      ...omitUndefined({ masterFile, identities }),
    },
    warnings: warnings.list(),
    sources,
    effective: effectiveOf(moduleTable, values, sources),
    checkConfig: false,
  };
}

function failure(code: ConfigErrorCode, text: string, warnings: WarningCollector): ConfigError {
  return new ConfigError(code, text, { exitCode: EXIT_CODE, warnings: warnings.list() });
}

type GivenMap = Map<string, Entry[]>;

function readArguments(args: string, base: string, deps: LoadDeps, warnings: WarningCollector): GivenMap {
  const reader = new SettingsReader(moduleProgram, deps, warnings);
  for (const piece of args.split(" ")) {
    const place = { where: MODULE_LINE, folder: base, depth: 0 };
    // the original reports the empty text between two blanks as an unknown switch
    if (piece !== "") reader.take(moduleSetting(piece), place);
  }
  return reader.given;
}

/**
 * Reads module keys on the bridge's own command line and in its environment; relative paths are resolved against the working
 * directory.
 */
export function readOwn(own: readonly string[], deps: LoadDeps, warnings: WarningCollector): SettingsReader {
  const reader = new SettingsReader(moduleProgram, deps, warnings);
  reader.takeArguments(own);
  takeEnvironment(reader, moduleProgram, deps, warnings);
  return reader;
}

/** The bridge's own settings take precedence; key and key file are two forms of one setting. */
function mergeOwn(line: GivenMap, own: ReadonlyMap<string, Entry[]>): GivenMap {
  const merged = new Map(line);
  if (own.has("key") || own.has("keyfile")) {
    merged.delete("key");
    merged.delete("keyfile");
  }
  for (const [option, entries] of own) merged.set(option, entries);
  return merged;
}

/** Without any choice of queues, hosts, services and event handlers are on. Source: neb-module.md 4.3. */
function applyByHandRule(
  values: ModuleValues,
  given: ReadonlyMap<string, unknown>,
  warnings: WarningCollector,
): void {
  const byHand = Object.entries(moduleTable).some(([option, row]) => {
    if (row.byHand !== true || !given.has(option)) return false;
    // A group counts only if its name was accepted.
    if (option === "hostgroups") return values.hostgroups.length > 0;
    return option === "servicegroups" ? values.servicegroups.length > 0 : true;
  });
  if (byHand) return;
  values.hosts = true;
  values.services = true;
  values.eventhandler = true;
  warnings.add("debug", "starting client with default queues", "");
}
