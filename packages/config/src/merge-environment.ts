import { type EntriesByOption, type EnvironmentReader, environmentSettings, KEYS } from "./environment.ts";
import type { Entry } from "./given.ts";
import type { LoadDeps } from "./loaded.ts";
import type { SettingsReader } from "./settings-reader.ts";
import type { WarningCollector } from "./warning-collector.ts";

/** `where` of settings on the command line. */
const COMMAND_LINE = "command line";

/**
 * Adds the settings of the environment to those of a reader that has taken the command line: files that the environment names are
 * read if the command line names none, see {@link mergeEnvironment} for the rest.
 *
 * @throws ConfigError as `environmentSettings` and `SettingsReader.take`
 */
export function takeEnvironment(
  reader: SettingsReader,
  program: EnvironmentReader,
  deps: LoadDeps,
  warnings: WarningCollector,
): void {
  const environment = environmentSettings(program, deps, warnings);
  const { given } = reader;
  if (!isOnLine(given, "config"))
    for (const { text, where } of environment.get("config") ?? [])
      if (text) reader.take({ key: "config", text }, { where, folder: undefined, depth: 0 });
  mergeEnvironment(given, new Map([...environment].filter(([option]) => option !== "config")));
}

/**
 * Puts settings of the environment between those of files and those of the command line: an option of the environment
 * replaces what files say, and is dropped if the command line has it. Key and key file count as one option; an empty value
 * replaces nothing.
 *
 * @param given settings of files and of the command line; changed
 */
export function mergeEnvironment(given: Map<string, Entry[]>, environment: EntriesByOption): void {
  if (environment.size === 0) return;
  const keys = [...environment].filter(([option]) => KEYS.includes(option));
  for (const [option, entries] of environment)
    if (!KEYS.includes(option) && !isOnLine(given, option) && !(isEmptySetting(entries) && given.has(option)))
      given.set(option, entries);
  if (keys.length === 0 || KEYS.some((option) => isOnLine(given, option))) return;
  if (keys.every(([, entries]) => isEmptySetting(entries)) && KEYS.some((option) => given.has(option)))
    return;
  for (const option of KEYS) given.delete(option);
  for (const [option, entries] of keys) given.set(option, entries);
}

function isOnLine(given: ReadonlyMap<string, readonly Entry[]>, option: string): boolean {
  return given.get(option)?.some(({ where }) => where === COMMAND_LINE) === true;
}

/** Whether settings of the environment are one empty value. */
export function isEmptySetting(entries: readonly Entry[]): boolean {
  return entries.length > 0 && entries.every(({ text }) => text === "");
}
