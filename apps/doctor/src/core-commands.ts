import type { CoreConfig } from "@mod-gearman/program";
import type { Machine } from "./world.ts";

const CHUNK_BYTES = 1_048_576;
/** Enough for about a hundred thousand services; what comes after is not looked at, and that is said. */
const MAX_BYTES = 67_108_864;
const MAX_LINE_CHARACTERS = 65_536;
const MAX_MACRO_FILE_BYTES = 262_144;

export interface CoreCommands {
  /** Absolute paths of plugins that checks use, in the order of first use, latin1. */
  readonly plugins: readonly string[];
  /** `$USERn$` macros that commands of checks use and no resource file defines, with the name of such a command. */
  readonly undefinedMacros: ReadonlyMap<string, string>;
  /** Resource files that cannot be read: which macros they define is not known. */
  readonly unreadable: readonly string[];
  readonly isCut: boolean;
}

/** Reads what checks run from the core's object cache. @returns undefined if there is none */
export function readCommands(core: CoreConfig, machine: Machine): CoreCommands | undefined {
  const path = core.file("object_cache_file");
  if (path === undefined || machine.facts(path)?.kind !== "file") return undefined;
  const lines = new Map<string, string>();
  const used = new Set<string>();
  let name = "";
  const isCut = !eachLine(path, machine, (line) => {
    const match = /^\s*(command_name|command_line|check_command)[\t ]+(.*)$/.exec(line);
    if (match === null) return;
    const [, key, value = ""] = match;
    if (key === "command_name") name = value;
    else if (key === "command_line") lines.set(name, value);
    else used.add(value.split("!", 1)[0] ?? "");
  });
  const { macros, unreadable } = readMacros(core, machine);
  const plugins = new Set<string>();
  const undefinedMacros = new Map<string, string>();
  for (const command of used) {
    const line = lines.get(command) ?? "";
    for (const [, macro = ""] of line.matchAll(/\$(USER\d+)\$/g))
      if (!macros.has(macro)) undefinedMacros.set(`$${macro}$`, command);
    const program = pluginOf(line, macros);
    if (program !== undefined) plugins.add(program);
  }
  return { plugins: [...plugins], undefinedMacros, unreadable, isCut };
}

/** The program of a command line, if its path is absolute and certain. */
function pluginOf(line: string, macros: ReadonlyMap<string, string>): string | undefined {
  const word = /^\s*([^\s'"\\;|&<>()`]+)/.exec(line)?.[1] ?? "";
  const path = word.replace(/\$(USER\d+)\$/g, (all, name: string) => macros.get(name) ?? all);
  return /^\/[^$]+$/.test(path) ? path : undefined;
}

/** `$USER1$=/usr/lib/nagios/plugins` lines of the resource files. */
function readMacros(
  core: CoreConfig,
  machine: Machine,
): { readonly macros: ReadonlyMap<string, string>; readonly unreadable: readonly string[] } {
  const macros = new Map<string, string>();
  const unreadable: string[] = [];
  const paths = core.all("resource_file").map((file) => core.resolve(file));
  for (const path of paths) {
    const text = machine.read(path, MAX_MACRO_FILE_BYTES)?.toString("latin1");
    if (text === undefined) unreadable.push(path);
    for (const [, name = "", value = ""] of (text ?? "").matchAll(/^\s*\$(USER\d+)\$\s*=\s*(.*?)\s*$/gm))
      macros.set(name, value);
  }
  return { macros, unreadable };
}

/** @returns false if the file is longer than what is read */
function eachLine(path: string, machine: Machine, take: (line: string) => void): boolean {
  let rest = "";
  for (let offset = 0; offset < MAX_BYTES; offset += CHUNK_BYTES) {
    const chunk = machine.read(path, CHUNK_BYTES, offset);
    if (chunk === undefined) break;
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = (lines.pop() ?? "").slice(0, MAX_LINE_CHARACTERS);
    lines.forEach(take);
    if (chunk.length < CHUNK_BYTES) {
      take(rest);
      return true;
    }
  }
  return false;
}
