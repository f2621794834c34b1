import { omitUndefined } from "@mod-gearman/base";
import {
  ConfigError,
  type ConfigErrorCode,
  canonicalKey,
  type EnvironmentReader,
  effectiveOf,
  foreignToSender,
  helpText,
  KeyTable,
  type LoadDeps,
  type Loaded,
  moduleSetting,
  type Program,
  type ProgramHelp,
  parseGiven,
  parseYesNo,
  type SenderOptions,
  type SenderProgram,
  type Setting,
  SettingsReader,
  sendGearmanEnvironment,
  sendGearmanHelp,
  sendGearmanTable,
  sendMultiEnvironment,
  sendMultiHelp,
  sendMultiTable,
  sourcesOf,
  takeEnvironment,
  toOptions,
  trimSpace,
  type ValuesOf,
  WarningCollector,
} from "@mod-gearman/config";
import { readSenderIdentity } from "./envelope-files.ts";
import { resolvePassword } from "./password.ts";
import { type Argument, fromArgument } from "./raw-arguments.ts";
import { completeTls } from "./tls-options.ts";

const EXIT_CODE = 3;
/** Exit code of `--check-config` for unusable settings. */
const EXIT_CHECK = 2;

const READING = {
  grammar: "module",
  foreign: foreignToSender,
  exitCode: EXIT_CODE,
  refusesEmptyNumbers: true,
} as const;

const PROGRAMS = {
  send_gearman: { ...READING, table: sendGearmanTable, environment: sendGearmanEnvironment },
  send_multi: { ...READING, table: sendMultiTable, environment: sendMultiEnvironment },
} satisfies Record<SenderProgram, Program & EnvironmentReader>;

const HELP: Record<SenderProgram, ProgramHelp> = {
  send_gearman: sendGearmanHelp,
  send_multi: sendMultiHelp,
};

type SenderValues = ValuesOf<typeof sendGearmanTable>;

export type SenderRequest =
  | Loaded<SenderOptions>
  /** Exit code 3. */
  | { readonly help: string }
  /** Exit code 3. */
  | { readonly version: true };

/**
 * Settings of send_gearman or send_multi from its arguments and their files. Missing and refused values are errors,
 * unknown words are warnings. Source: tools.md 4.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError NO_SERVER, NO_HOST, NO_KEY, UNREADABLE_FILE, TOO_DEEP, BAD_VALUE; exit code 3, or 2 with
 * `--check-config`; `help` is set
 */
export function loadSender(program: SenderProgram, argv: readonly Argument[], deps: LoadDeps): SenderRequest {
  const table = new KeyTable(PROGRAMS[program]);
  const words = splitArguments(argv.map(fromArgument), table);
  if (words.kind === "help") return { help: helpText(HELP[program]) };
  if (words.kind === "version") return { version: true };
  try {
    return loadSettings(program, words, table, deps);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { code, message, where, warnings, cause } = error;
    const exitCode = words.checkConfig ? EXIT_CHECK : EXIT_CODE;
    const at = { where, warnings, exitCode, help: helpText(HELP[program]) };
    throw new ConfigError(code, message, at, { cause });
  }
}

interface Run {
  readonly kind: "run";
  readonly settings: Setting[];
  checkConfig: boolean;
}
type Words = { readonly kind: "help" } | { readonly kind: "version" } | Run;

const CHECK_CONFIG = /^--?check[-_]config$/i;
const VERSION = new Set(["version", "--version", "-V"]);
const HELP_WORDS = new Set(["help", "--help", "-h"]);
/** The worker's short form of `daemon`, which shared command lines may contain, besides the senders' `-d VALUE`. */
const BARE_D = "d";
/** Options that determine encryption or state: without a value they count as empty. */
const NEEDED = new Set([
  ...["key", "password", "keyfile", "passwordfile", "sender_identity_file"],
  ...["config", "configfile", "include"],
  ...["returncode", "return_code", "r"],
]);

/** Separates settings from requests, before any file is read. */
function splitArguments(argv: readonly string[], table: KeyTable): Words {
  const run: Run = { kind: "run", settings: [], checkConfig: false };
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? "";
    if (VERSION.has(argument)) return { kind: "version" };
    if (HELP_WORDS.has(argument)) return { kind: "help" };
    if (CHECK_CONFIG.test(argument)) run.checkConfig = true;
    else if (takeSetting(argument, argv[at + 1], table, run.settings)) at += 1;
  }
  return run;
}

/** Consumes one argument, or with T12 (`--key value`) two. @returns true if `next` is its value */
function takeSetting(
  argument: string,
  next: string | undefined,
  table: KeyTable,
  settings: Setting[],
): boolean {
  const setting = moduleSetting(argument);
  const isComplete = setting.text !== undefined || !argument.startsWith("-");
  if (!isComplete && isSwitch(setting.key, table) && parseYesNo(next ?? "") !== undefined) {
    settings.push({ key: setting.key, text: next }); // `--encryption no` must not mean yes
    return true;
  }
  if (isComplete || !takesValue(setting.key, table)) {
    settings.push(setting);
    return false;
  }
  if (next !== undefined && !isOption(next, table)) {
    settings.push({ key: setting.key, text: trimSpace(next) });
    return true;
  }
  // `--key $UNSET` must not send in clear text
  if (NEEDED.has(canonicalKey(setting.key))) settings.push({ key: setting.key, text: "" });
  else if (setting.key !== BARE_D) settings.push(setting);
  return false;
}

function takesValue(key: string, table: KeyTable): boolean {
  const known = table.get(key);
  return known?.kind === "own" && known.row.bare !== true;
}

function isSwitch(key: string, table: KeyTable): boolean {
  const known = table.get(key);
  return known?.kind === "own" && known.row.bare === true;
}

/** True if a word is `--NAME[=…]` of an existing option, and so not the value of the previous one. */
function isOption(word: string, table: KeyTable): boolean {
  if (CHECK_CONFIG.test(word) || VERSION.has(word) || HELP_WORDS.has(word)) return word.startsWith("--");
  return word.startsWith("--") && table.get(moduleSetting(word).key) !== undefined;
}

function loadSettings(
  program: SenderProgram,
  words: Run,
  keys: KeyTable,
  deps: LoadDeps,
): Loaded<SenderOptions> {
  const warnings = new WarningCollector();
  const reading = PROGRAMS[program];
  const reader = new SettingsReader(reading, deps, warnings, keys);
  for (const setting of words.settings)
    reader.take(setting, { where: "command line", folder: undefined, depth: 0 });
  takeEnvironment(reader, reading, deps, warnings);
  const { given } = reader;
  // an empty key requests encryption too: an unset variable must not send in clear text
  const encryption = given.has("key") || given.has("keyfile");
  const values: SenderValues = parseGiven(reading, given, warnings, { encryption });
  const sources = sourcesOf(reading.table, given);
  const context = { sources, exitCode: EXIT_CODE, deps, warnings };
  const file = values.senderIdentityFile;
  const identityFile = file === undefined ? undefined : readSenderIdentity(file, context);
  if (identityFile !== undefined && values.active)
    throw failure("BAD_VALUE", "active: a sender with an identity sends passive results only", warnings);
  complete(program, values, sources, deps, warnings);
  completeTls(values, context);
  return {
    options: { ...toOptions(values), ...omitUndefined({ identityFile }) },
    warnings: warnings.list(),
    sources,
    get effective() {
      return effectiveOf(reading.table, values, sources);
    },
    checkConfig: words.checkConfig,
  };
}

/** Completes values that depend on others, and checks required ones. */
function complete(
  program: SenderProgram,
  values: SenderValues,
  sources: ReadonlyMap<string, string>,
  deps: LoadDeps,
  warnings: WarningCollector,
): void {
  if (values.servers.length === 0) {
    if (program === "send_gearman")
      throw failure("NO_SERVER", "please specify at least one server", warnings);
    values.servers = [{ host: "localhost", port: 4730 }];
  }
  if (program === "send_multi" && values.host === undefined)
    throw failure("NO_HOST", "got no hostname, please use --host=...", warnings);
  values.key = resolvePassword(values, { sources, exitCode: EXIT_CODE, deps, warnings });
  if (values.encryption && values.key === undefined) {
    const text = "no encryption key provided, please use --key=... or keyfile=... or disable encryption";
    throw failure("NO_KEY", text, warnings);
  }
}

function failure(code: ConfigErrorCode, text: string, warnings: WarningCollector): ConfigError {
  return new ConfigError(code, text, { exitCode: EXIT_CODE, warnings: warnings.list() });
}
