import { posix } from "node:path";
import { reasonOf, systemReason } from "@mod-gearman/base";
import { ConfigError, type ConfigErrorCode } from "./errors.ts";
import { excerpt, withoutSecret } from "./excerpt.ts";
import { type Entry, emptyText } from "./given.ts";
import { argumentSetting, linesOf, moduleLine, type Setting, workerLine } from "./grammar.ts";
import { type HashValue, hashWarning } from "./hash-values.ts";
import { adviseOnKeyAccess } from "./key-access.ts";
import { fromUtf8, toUtf8 } from "./latin1.ts";
import type { LoadDeps } from "./loaded.ts";
import { canonicalKey, type ForeignKey, KeyTable, type KnownKey, type Program, placed } from "./program.ts";
import { fromFolder } from "./read-text.ts";
import type { WarningCollector } from "./warning-collector.ts";

/** Deepest nesting of files and folders; deeper ones are an error, as they are probably a loop. */
const MAX_DEPTH = 10;

const NO_NAME = "could not open file: the name is empty";

/** Position of a setting in a file or on the command line. */
interface SourcePosition {
  readonly where: string;
  /** Absent for arguments. */
  readonly file?: string;
  /** Base of relative paths; undefined: the working directory. */
  readonly folder: string | undefined;
  /** 0 for arguments. */
  readonly depth: number;
}

/** Reads settings from left to right and follows `config=` in place. */
export class SettingsReader {
  /** Canonical option name to all its settings. */
  readonly given = new Map<string, Entry[]>();
  readonly #program: Program;
  readonly #deps: LoadDeps;
  readonly #warnings: WarningCollector;
  readonly #table: KeyTable;
  /** Files with a secret whose access rights were checked. */
  readonly #keyFiles = new Set<string>();
  /** The next word without `=` may be the rest of a secret with a blank: it is not printed. */
  #hideNext = false;

  constructor(
    program: Program,
    deps: LoadDeps,
    warnings: WarningCollector,
    table: KeyTable = new KeyTable(program),
  ) {
    this.#program = program;
    this.#deps = deps;
    this.#warnings = warnings;
    this.#table = table;
  }

  /** @throws ConfigError UNREADABLE_FILE, TOO_DEEP, BAD_LINE, BAD_VALUE */
  take(setting: Setting, position: SourcePosition): void {
    const known = this.#table.get(setting.key);
    if (setting.hash !== undefined) this.#adviseOnHash(setting.hash, setting.key, known, position);
    if (known === undefined) this.#takeUnknown(setting, position);
    else if (known.kind === "foreign") this.#takeForeign(known.foreign, setting, position);
    else this.#takeOwn(known, setting, position);
  }

  /**
   * Words of a command line, `--name=value` each; relative paths are resolved against the working directory. @throws as
   * `take`
   */
  takeArguments(argv: readonly string[]): void {
    const position = { where: "command line", folder: undefined, depth: 0 };
    for (const argument of argv) {
      const setting = argumentSetting(fromUtf8(argument));
      if (setting === undefined) this.stray(fromUtf8(argument), position);
      else this.take(setting, position);
    }
  }

  /** A word on the command line without dashes: the programs in C treat it as an option, those in Go ignore it. */
  stray(word: string, position: SourcePosition): void {
    const [name = ""] = word.split("=", 1);
    // a separate word may be the rest of a secret with a blank
    const known = this.#hideNext && !word.includes("=") ? undefined : this.#table.get(name);
    if (known !== undefined || this.#program.switches?.includes(canonicalKey(name)) === true) {
      this.#hideNext = known?.kind === "own" && known.row.secret === true;
      const hint = word.includes("=") ? `--${name}=...` : `--${name}`;
      this.#warnings.add("warn", `${name} is not a param!, ignoring; write ${hint}`, position.where);
      return;
    }
    this.#warnings.add("warn", "(hidden) is not a param!, ignoring", position.where);
    this.#hideNext = true;
  }

  #adviseOnHash(hash: HashValue, key: string, known: KnownKey | undefined, position: SourcePosition): void {
    if (known === undefined) return; // it is reported as unknown, and its value might be a secret
    const isOwn = known.kind === "own";
    const name = isOwn ? known.option : key;
    const isCut = this.#program.grammar === "module";
    const text = hashWarning(name, hash, isOwn ? known.row : undefined, isCut);
    if (text !== undefined) this.#warnings.advise("warn", text, position.where);
  }

  #takeOwn(known: Extract<KnownKey, { kind: "own" }>, setting: Setting, position: SourcePosition): void {
    this.#hideNext = known.row.secret === true;
    if (setting.text === undefined && known.row.bare !== true) {
      if (known.row.protects === "everywhere")
        throw this.#error("BAD_VALUE", emptyText(known.option), position);
      this.#withoutValue(setting, position);
      return;
    }
    // without a value the password would be "yes"
    if (setting.implied && known.row.secret === true) {
      throw this.#error("BAD_VALUE", `option '${known.option}' needs a value`, position);
    }
    if (known.row.secret === true && setting.text) this.#adviseOnAccess(position);
    const entry: Entry = { text: setting.text, where: position.where, folder: position.folder };
    const entries = this.given.get(known.option);
    if (entries === undefined) this.given.set(known.option, [entry]);
    else entries.push(entry);
    if (known.option !== "config") return;
    if (setting.text) this.#include(toUtf8(setting.text), position);
    // an unset variable must not hide a file with the key
    else if (position.depth === 0 && setting.text === "")
      throw this.#error("UNREADABLE_FILE", NO_NAME, position);
  }

  /** Reports each file once. */
  #adviseOnAccess({ file, where }: SourcePosition): void {
    if (file === undefined || this.#keyFiles.has(file)) return;
    this.#keyFiles.add(file);
    adviseOnKeyAccess(file, where, this.#deps, this.#warnings);
  }

  #takeForeign(foreign: ForeignKey, setting: Setting, position: SourcePosition): void {
    this.#hideNext = false;
    if (setting.text === undefined && !foreign.bare) {
      this.#withoutValue(setting, position);
      return;
    }
    const complaint = setting.text === undefined ? undefined : foreign.refuse?.(setting.text);
    if (complaint !== undefined) throw this.#error("BAD_VALUE", complaint, position);
    if (foreign.note) {
      this.#warnings.add(
        foreign.note.level,
        foreign.note.text.replace("<key>", shownName(setting.key)),
        position.where,
      );
    }
  }

  #takeUnknown(setting: Setting, position: SourcePosition): void {
    if (setting.text === undefined) {
      this.#withoutValue(setting, position);
    } else if (this.#program.grammar === "module") {
      this.#warnings.add("warn", `unknown option '${shownName(setting.key)}'`, position.where);
    } else {
      this.#warnings.add("warn", `unknown configuration option: ${shownName(setting.key)}`, position.where);
    }
    this.#hideNext = true;
  }

  /** A setting without `=`: the worker's files allow it for switches only, the module ignores it. */
  #withoutValue(setting: Setting, position: SourcePosition): void {
    if (this.#program.grammar === "worker") throw this.#error("BAD_LINE", "expected key=value", position);
    const word = firstWord(setting.key);
    const name = this.#hideNext && this.#table.get(word) === undefined ? "(hidden)" : excerpt(word);
    this.#warnings.add("warn", `unknown switch '${name}'`, position.where);
  }

  #include(name: string, position: SourcePosition): void {
    const path = fromFolder(position.folder, name);
    if (this.#deps.isDirectory(path)) this.#readFolder(path, position);
    else this.#readFile(path, position);
  }

  #readFolder(path: string, position: SourcePosition): void {
    this.#checkDepth(position);
    const entries = this.#read("directory", path, position, () => this.#deps.readDir(path));
    const sorted = entries
      .map((entry) => ({ ...entry, order: Buffer.from(entry.name, "utf8") }))
      .sort((a, b) => Buffer.compare(a.order, b.order));
    const inside = { ...position, depth: position.depth + 1 };
    for (const { name, isDirectory } of sorted) {
      if (isDirectory) this.#readFolder(posix.join(path, name), inside);
      else if (/\.(?:cfg|conf)$/.test(name)) this.#readFile(posix.join(path, name), inside);
    }
  }

  #readFile(path: string, position: SourcePosition): void {
    this.#checkDepth(position);
    const content = this.#read("file", path, position, () => this.#deps.readFile(path));
    const readLine = this.#program.grammar === "module" ? moduleLine : workerLine;
    const folder = this.#program.grammar === "module" ? posix.dirname(path) : undefined;
    for (const [index, line] of linesOf(content).entries()) {
      const setting = readLine(line);
      const here = { where: `${path}:${index + 1}`, file: path, folder, depth: position.depth + 1 };
      if (setting !== undefined) this.take(setting, here);
    }
    this.#hideNext = false;
  }

  #checkDepth(position: SourcePosition): void {
    if (position.depth >= MAX_DEPTH)
      throw this.#error("TOO_DEEP", "deep recursion in config files!", position);
  }

  #read<T>(what: "file" | "directory", path: string, position: SourcePosition, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      const text =
        this.#program.grammar === "module" ? couldNotOpen(what, path, cause) : cannotRead(path, cause);
      throw this.#error("UNREADABLE_FILE", text, position, cause);
    }
  }

  #error(code: ConfigErrorCode, text: string, position: SourcePosition, cause?: unknown): ConfigError {
    // texts of the originals: the worker's name the line, the module's do not
    const message = this.#program.grammar === "module" ? text : placed(text, position.where);
    const at = { where: position.where, exitCode: this.#program.exitCode, warnings: this.#warnings.list() };
    return new ConfigError(code, message, at, { cause });
  }
}

/** The text of the originals in C, with the reason in the wording of the C library. */
export function couldNotOpen(what: "file" | "directory", path: string, cause: unknown): string {
  return `could not open ${what}: ${withoutSecret(path)}: ${systemReason(cause)}`;
}

/** The text of the Go worker. */
export function cannotRead(path: string, cause: unknown): string {
  return `cannot read ${namedReason(path, cause)}`;
}

/** Path and reason of a file that cannot be read. */
export function namedReason(path: string, cause: unknown): string {
  return `${withoutSecret(path)}: ${reasonOf(cause)}`;
}

/** The first word of a key, for a message: a missing `=` makes the value part of the key. */
function shownName(key: string): string {
  return excerpt(firstWord(key));
}

function firstWord(key: string): string {
  return key.split(/[ \t]/, 1)[0] ?? "";
}
