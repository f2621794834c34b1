import { omitUndefined } from "@mod-gearman/base";
import {
  argumentSetting,
  type BridgeArguments,
  bridgeHelp,
  bridgeTable,
  canonicalKey,
  type Entry,
  effectiveOf,
  fromUtf8,
  helpText,
  type LoadDeps,
  type Loaded,
  type ModuleOptions,
  parseGiven,
  sourcesOf,
  WarningCollector,
} from "@mod-gearman/config";
import { moduleProgram, readOwn } from "./load-module.ts";

const EXIT_CODE = 2;

/** Settings of the bridge before the HELLO of a core. `bridgeSocket` may also come from the bridge's own files. */
export interface BridgeOptions extends BridgeArguments {
  /** For {@link loadModule}: module keys given to the bridge itself, files not yet read. */
  readonly own: readonly string[];
  /** How to log until the module's settings are known. */
  readonly log: Pick<ModuleOptions, "debug" | "logmode" | "logfile">;
}

export type BridgeRequest =
  | Loaded<BridgeOptions>
  /** Print this and exit with 0. */
  | { readonly help: string }
  /** Print the version and exit with 0. */
  | { readonly version: true };

/**
 * Settings of the bridge program. Every argument that is not its own is a module key and takes precedence over the
 * module line; files are read here only for `bridge_socket` and the log, and again by {@link loadModule}.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError BAD_VALUE, UNREADABLE_FILE, TOO_DEEP; exit code 2
 */
export function loadBridge(argv: readonly string[], deps: LoadDeps): BridgeRequest {
  const split = splitArguments(argv);
  if (split.kind !== "run") return split.kind === "help" ? { help: helpText(bridgeHelp) } : { version: true };
  const warnings = new WarningCollector();
  const values = parseGiven({ table: bridgeTable, exitCode: EXIT_CODE }, split.given, warnings);
  const reader = readOwn(split.own, deps, warnings);
  const { debug, logmode, logfile, bridgeSocket } = parseGiven(moduleProgram, reader.given, warnings);
  values.bridgeSocket ??= bridgeSocket;
  const sources = sourcesOf(bridgeTable, split.given);
  const socketIn = reader.given.get("bridge_socket")?.at(-1)?.where;
  if (!sources.has("bridge-socket") && socketIn !== undefined) sources.set("bridge-socket", socketIn);
  const { checkConfig, ...kept } = values;
  return {
    options: omitUndefined({
      ...kept,
      corePid: kept.corePid || undefined,
      own: split.own,
      log: omitUndefined({ debug, logmode, logfile }),
    }),
    warnings: warnings.list(),
    sources,
    effective: effectiveOf(bridgeTable, values, sources),
    checkConfig,
  };
}

type Split = { kind: "help" | "version" } | { kind: "run"; given: Map<string, Entry[]>; own: string[] };

function splitArguments(argv: readonly string[]): Split {
  const given = new Map<string, Entry[]>();
  const own: string[] = [];
  for (const argument of argv) {
    if (/^--?(?:help|h)$/i.test(argument)) return { kind: "help" };
    if (/^--?(?:version|v)$/i.test(argument)) return { kind: "version" };
    const setting = argumentSetting(fromUtf8(argument));
    const option = setting === undefined ? undefined : ownOption(setting.key);
    if (setting === undefined || option === undefined) own.push(argument);
    else given.set(option, [{ text: setting.text, where: "command line", folder: undefined }]);
  }
  return { kind: "run", given, own };
}

function ownOption(key: string): string | undefined {
  return Object.keys(bridgeTable).find((option) => canonicalKey(option) === canonicalKey(key));
}
