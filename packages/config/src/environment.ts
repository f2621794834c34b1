import {
  ENVIRONMENT_PREFIX,
  type EnvironmentRules,
  everyScope,
  OTHER_NAMES,
  VariableNames,
} from "./environment-rules.ts";
import { ConfigError } from "./errors.ts";
import type { Entry } from "./given.ts";
import { fromUtf8, trimSpace } from "./latin1.ts";
import type { LoadDeps } from "./loaded.ts";
import { nearestNames } from "./nearest-names.ts";
import type { OptionRow, OptionTable } from "./option-row.ts";
import { parseYesNo } from "./read-switch.ts";
import { namedReason } from "./settings-reader.ts";
import { everyName } from "./tables/every-name.ts";
import type { WarningCollector } from "./warning-collector.ts";

/** Settings by option; all entries of an option replace those of files. */
export type EntriesByOption = ReadonlyMap<string, Entry[]>;

/** A program that reads settings from environment variables. */
export interface EnvironmentReader {
  readonly table: OptionTable;
  readonly environment: EnvironmentRules;
  readonly exitCode: number;
}

const NONE: EntriesByOption = new Map();
/** Environment variables of a program that is started again as a daemon. */
const DAEMON_MARKS = ["worker_detached", "gearmand_detached"];
/** Of a switch that counts how often it is given. */
const MOST_TIMES = 9;
/** Characters of an unknown name that are shown. */
const MAX_NAME = 80;
/** Key and key file are two forms of one setting. */
export const KEYS: readonly string[] = ["key", "keyfile"];

interface Variable {
  readonly name: string;
  readonly value: string;
  readonly option: string;
  readonly row: OptionRow;
  readonly isFile: boolean;
  readonly isScoped: boolean;
}

/**
 * Settings from the environment variables `MOD_GEARMAN_<OPTION>` and `MOD_GEARMAN_<OPTION>_FILE` of `deps.env`. An empty
 * value is no setting, except that one that would protect less stays empty, for the reader to refuse, as a key. Several values of a list are separated by line feeds, or
 * by `;` if there are none. Warns about names of no program; never shows a value.
 *
 * @throws ConfigError UNREADABLE_FILE, BAD_VALUE
 */
export function environmentSettings(
  program: EnvironmentReader,
  deps: LoadDeps,
  warnings: WarningCollector,
): EntriesByOption {
  const { env = {} } = deps;
  const names = Object.keys(env).filter((name) => name.startsWith(ENVIRONMENT_PREFIX));
  if (names.length === 0) return NONE;
  const known = new VariableNames(program.table, program.environment);
  const variables: Variable[] = [];
  for (const name of names) {
    const value = env[name] ?? "";
    if (isServiceLink(name, value)) continue;
    const target = known.find(shortName(name));
    const row = target === undefined ? undefined : program.table[target.option];
    if (target !== undefined && row !== undefined) variables.push({ name, value, row, ...target });
    else if (!isOfAnother(name)) adviseOnUnknown(name, known, warnings);
  }
  return collect(program, variables, deps, warnings);
}

/** Without prefix, in lower case. */
function shortName(name: string): string {
  return name.slice(ENVIRONMENT_PREFIX.length).toLowerCase();
}

/** Kubernetes and Docker describe a service called `mod-gearman…` in such variables. */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(?:HOST|PORT)(?:_[A-Z0-9_]+)?$|_PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(
      name,
    ) ||
    (name.endsWith("_PORT") && /^(?:tcp|udp|sctp):\/\//.test(value))
  );
}

/** A setting of another program, which may share the environment. */
function isOfAnother(name: string): boolean {
  const short = shortName(name);
  if (DAEMON_MARKS.includes(short)) return true;
  const all = new Set([...everyName.split(" "), ...Object.keys(OTHER_NAMES)]);
  const isName = (one: string) =>
    all.has(one) || all.has(one.replace(/_file$/, "")) || all.has(one.replace(/_file$/, "file"));
  return [
    short,
    ...everyScope.filter((one) => short.startsWith(one)).map((one) => short.slice(one.length)),
  ].some(isName);
}

function adviseOnUnknown(name: string, known: VariableNames, warnings: WarningCollector): void {
  const near = nearestNames(name, known.list());
  const hint = near.length === 0 ? "" : `, nearest: ${near.join(", ")}`;
  warnings.advise("warn", `unknown environment variable ${name.slice(0, MAX_NAME)}${hint}`, "environment");
}

/** Those of a scope replace the others, and files replace values. */
function collect(
  { exitCode }: EnvironmentReader,
  variables: readonly Variable[],
  deps: LoadDeps,
  warnings: WarningCollector,
): EntriesByOption {
  const rank = ({ isScoped, isFile }: Variable) => (isScoped ? 2 : 0) + (isFile ? 1 : 0);
  const settings = new Map<string, Entry[]>();
  const from = new Map<string, Variable>();
  for (const variable of withoutGeneralKey(variables).toSorted((a, b) => rank(a) - rank(b))) {
    const where = `environment ${variable.name}`;
    const before = from.get(variable.option);
    if (before !== undefined && before.isScoped === variable.isScoped)
      warnings.advise("warn", `${before.name} and ${variable.name} are both set, the latter is used`, where);
    const entries = entriesOf(variable, where, { exitCode, deps, warnings });
    const isEmpty = entries?.every(({ text }) => text === "") === true && entries.length > 0;
    if (
      entries === undefined ||
      (isEmpty && settings.has(variable.option) && !KEYS.includes(variable.option))
    )
      continue;
    from.set(variable.option, variable);
    settings.set(variable.option, entries);
  }
  return settings;
}

/** A key or key file for one program replaces both of those for all. */
function withoutGeneralKey(variables: readonly Variable[]): readonly Variable[] {
  const isKey = ({ option }: Variable) => KEYS.includes(option);
  const hasOwn = variables.some((one) => isKey(one) && one.isScoped && one.value !== "");
  return hasOwn ? variables.filter((one) => !isKey(one) || one.isScoped) : variables;
}

interface Context {
  readonly exitCode: number;
  readonly deps: LoadDeps;
  readonly warnings: WarningCollector;
}

/** @returns undefined if the variable sets nothing */
function entriesOf(variable: Variable, where: string, context: Context): Entry[] | undefined {
  const { row, option, isFile, value } = variable;
  const isNeeded = row.protects !== undefined;
  const empty: Entry = { text: "", where, folder: undefined };
  if (value === "" && (row.kind !== "flag" || !isNeeded))
    return isNeeded || KEYS.includes(option) ? [empty] : undefined;
  if (value.includes("\ufffd")) {
    const text = `${variable.name} is not UTF-8; write the value into a file and name that in ${variable.name}_FILE`;
    throw failure("BAD_VALUE", text, where, context);
  }
  const text = isFile ? readValue(value, where, context) : trimSpace(fromUtf8(value));
  const entry = (one: string | undefined): Entry => ({ text: one, where, folder: undefined });
  if (row.kind === "flag") return isOn(variable, text, where, context) ? [entry(undefined)] : [];
  if (row.kind === "times") return Array.from({ length: timesOf(text) }, () => entry(undefined));
  if (row.list !== true) return [entry(text)];
  const entries = partsOf(text).map(entry);
  return entries.length === 0 && isNeeded ? [empty] : entries;
}

/** Values of a list. */
function partsOf(text: string): string[] {
  const parts = text.split(text.includes("\n") ? "\n" : ";");
  return parts.map((one) => trimSpace(one)).filter((one) => one !== "");
}

function isOn({ name }: Variable, text: string, where: string, context: Context): boolean {
  const isYes = parseYesNo(text);
  if (isYes === undefined) throw failure("BAD_VALUE", `${name} is neither yes nor no`, where, context);
  return isYes;
}

function timesOf(text: string): number {
  const times = parseYesNo(text) === true ? 1 : Number(text);
  return Number.isInteger(times) ? Math.min(Math.max(times, 0), MOST_TIMES) : 0;
}

/** Content of a file, latin1, without line feeds at its end. */
function readValue(path: string, where: string, context: Context): string {
  try {
    return trimSpace(context.deps.readFile(path).toString("latin1"));
  } catch (cause) {
    throw failure("UNREADABLE_FILE", `cannot read ${namedReason(path, cause)}`, where, context, cause);
  }
}

function failure(
  code: "BAD_VALUE" | "UNREADABLE_FILE",
  text: string,
  where: string,
  { exitCode, warnings }: Context,
  cause?: unknown,
): ConfigError {
  const message = text.startsWith("MOD_GEARMAN_") ? `environment: ${text}` : `${where}: ${text}`;
  return new ConfigError(code, message, { where, exitCode, warnings: warnings.list() }, { cause });
}
