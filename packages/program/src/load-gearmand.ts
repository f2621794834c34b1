import {
  ConfigError,
  type ConfigErrorCode,
  type Entry,
  effectiveOf,
  environmentSettings,
  excerpt,
  fromUtf8,
  type GearmandOptions,
  gearmandEnvironment,
  gearmandHelp,
  gearmandTable,
  helpText,
  isEmptySetting,
  type LoadDeps,
  type Loaded,
  namedReason,
  parseGiven,
  sourcesOf,
  toOptions,
  toUtf8,
  WarningCollector,
} from "@mod-gearman/config";
import { fileWords } from "./gearmand-file.ts";
import {
  argumentWords,
  BadArgument,
  optionTable,
  type ParsedArgument,
  parseWords,
  type Word,
} from "./getopt.ts";
import { servicePort } from "./services.ts";

const EXIT_CODE = 1;
/** Exit code of `--check-config` for unusable settings. */
const EXIT_CHECK = 2;
const DEFAULT_CONFIG_FILE = "/etc/gearmand.conf";
const DEFAULT_PORT = 4730;
const PROGRAM = { table: gearmandTable, environment: gearmandEnvironment, exitCode: EXIT_CODE };

export type GearmandRequest =
  | Loaded<GearmandOptions>
  /** Exit code 0. */
  | { readonly help: string }
  /** Exit code 0. */
  | { readonly version: true };

/**
 * Settings of the job server from its arguments, its file and the environment (`deps.env`). Source: job-server.md 4.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError BAD_LINE (unknown option), BAD_VALUE, UNREADABLE_FILE; exit code 1, or 2 with `--check-config`
 */
export function loadGearmand(argv: readonly string[], deps: LoadDeps): GearmandRequest {
  try {
    return load(argv, deps);
  } catch (error) {
    if (!(error instanceof ConfigError) || !argv.includes("--check-config")) throw error;
    const { code, message, where, warnings, cause } = error;
    throw new ConfigError(code, message, { where, warnings, exitCode: EXIT_CHECK }, { cause });
  }
}

function load(argv: readonly string[], deps: LoadDeps): GearmandRequest {
  const warnings = new WarningCollector();
  const line = parseArguments(argumentWords(argv), warnings);
  refuseStrays(line, warnings);
  const isGiven = (option: string) => line.some((one) => one.kind === "option" && one.option === option);
  if (isGiven("help")) return { help: helpText(gearmandHelp) };
  if (isGiven("version")) return { version: true };
  const environment = environmentSettings(PROGRAM, deps, warnings);
  const given = collect(parseArguments(configWords(line, environment, deps, warnings), warnings), warnings);
  for (const [option, entries] of environment)
    if (!(isEmptySetting(entries) && given.has(option))) given.set(option, entries);
  for (const [option, entries] of collect(line, warnings)) given.set(option, entries);
  resolveServices(given, deps, warnings);
  applyEnvironment(given, deps);
  resolveServices(given, deps, warnings);
  const values = parseGiven(PROGRAM, given, warnings);
  const sources = sourcesOf(gearmandTable, given);
  return {
    options: { ...toOptions(values), jobRetries: Math.max(values.jobRetries, 0) },
    warnings: warnings.list(),
    sources,
    effective: effectiveOf(gearmandTable, values, sources),
    checkConfig: isGiven("check-config"),
  };
}

function parseArguments(words: readonly Word[], warnings: WarningCollector): ParsedArgument[] {
  try {
    const table = optionTable(gearmandTable, gearmandHelp.switches);
    return parseWords(words, table, { letterEquals: "value", refusesEmpty: true });
  } catch (cause) {
    if (!(cause instanceof BadArgument)) throw cause;
    throw failure("BAD_LINE", cause.message, cause.where, warnings);
  }
}

/** Words without dashes, `--` and `@file` among the arguments are errors, as in gearmand. */
function refuseStrays(line: readonly ParsedArgument[], warnings: WarningCollector): void {
  const stray = line.find((one) => one.kind === "stray");
  if (stray === undefined) return;
  const advice = stray.meant === undefined ? "" : `, write ${stray.meant}`;
  throw failure("BAD_LINE", `unrecognised option '${shown(stray)}'${advice}`, stray.where, warnings);
}

/** A word that is not an option, without text that may be secret. */
function shown({ text, hidden }: { readonly text: string; readonly hidden: boolean }): string {
  return hidden ? "(hidden)" : excerpt(text.split("=", 1)[0] ?? "");
}

/** Words of the configuration file, which must exist only if it was requested. */
function configWords(
  line: readonly ParsedArgument[],
  environment: ReadonlyMap<string, readonly Entry[]>,
  deps: LoadDeps,
  warnings: WarningCollector,
): Word[] {
  const onLine = line.findLast((one) => one.kind === "option" && one.option === "config-file");
  const asked = onLine ?? environment.get("config-file")?.at(-1);
  const path = toUtf8(asked?.text ?? DEFAULT_CONFIG_FILE);
  try {
    return fileWords(deps.readFile(path), path, warnings);
  } catch (cause) {
    if (asked === undefined && isMissing(cause)) return [];
    throw failure(
      "UNREADABLE_FILE",
      `Could not open configuration file. ${namedReason(path, cause)}`,
      asked?.where ?? path,
      warnings,
      cause,
    );
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR");
}

/** Options of the command line or of the file. Only lists may be repeated in one of them. */
function collect(parsed: readonly ParsedArgument[], warnings: WarningCollector): Map<string, Entry[]> {
  const given = new Map<string, Entry[]>();
  for (const one of parsed) {
    if (one.kind === "stray") {
      warnings.add("warn", `'${shown(one)}' is not an option, ignored`, one.where);
      continue;
    }
    const { option, text, where } = one;
    const entries = given.get(option) ?? [];
    if (entries.length > 0 && gearmandTable[option]?.list !== true)
      throw failure("BAD_LINE", `option '--${option}' cannot be specified more than once`, where, warnings);
    entries.push({ text, where, folder: undefined });
    given.set(option, entries);
  }
  return given;
}

const SERVICES = "/etc/services";
const PORTS = ["port", "http-port", "redis-port"];

/** Ports may be names of services. */
function resolveServices(given: Map<string, Entry[]>, deps: LoadDeps, warnings: WarningCollector): void {
  for (const option of PORTS) {
    const [entry] = given.get(option) ?? [];
    if (entry?.text === undefined || !/^[A-Za-z]/.test(entry.text)) continue;
    const port = findService(entry.text, deps);
    if (port === undefined) {
      const text = `${option}: '${excerpt(entry.text)}' is neither a number nor a TCP service of ${SERVICES}`;
      throw failure("BAD_VALUE", text, entry.where, warnings);
    }
    given.set(option, [{ ...entry, text: String(port) }]);
  }
}

function findService(name: string, deps: LoadDeps): number | undefined {
  try {
    return servicePort(deps.readFile(SERVICES).toString("latin1"), name);
  } catch {
    return undefined;
  }
}

const ENVIRONMENT = {
  GEARMAND_CA_CERTIFICATE: "ssl-ca-file",
  GEARMAND_SERVER_PEM: "ssl-certificate",
  GEARMAND_SERVER_KEY: "ssl-key",
};

/** `GEARMAND_PORT` applies if the port is the default one; the TLS files of the environment always apply. */
function applyEnvironment(given: Map<string, Entry[]>, deps: LoadDeps): void {
  const set = (option: string, name: string) => {
    const value = deps.env?.[name];
    if (value)
      given.set(option, [{ text: fromUtf8(value), where: `environment ${name}`, folder: undefined }]);
  };
  const port = given.get("port")?.at(-1)?.text;
  if (port === undefined || Number(port) === DEFAULT_PORT) set("port", "GEARMAND_PORT");
  for (const [name, option] of Object.entries(ENVIRONMENT)) set(option, name);
}

function failure(
  code: ConfigErrorCode,
  text: string,
  where: string,
  warnings: WarningCollector,
  cause?: unknown,
): ConfigError {
  return new ConfigError(code, text, { where, exitCode: EXIT_CODE, warnings: warnings.list() }, { cause });
}
