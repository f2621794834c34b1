import { ARGUMENT_LIMIT, argumentBytes } from "./argument-limit.ts";

/** How a command line is run: directly, with the leading assignments as environment, or by `/bin/sh -c`. */
export type CommandPlan =
  | {
      readonly kind: "exec";
      readonly env: readonly (readonly [Buffer, Buffer])[];
      readonly argv: readonly Buffer[];
    }
  | { readonly kind: "shell" };

const SHELL: CommandPlan = { kind: "shell" };
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const PATH = Buffer.from("PATH");

const BACKSLASH = 0x5c;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const HASH = 0x23;
const EQUALS = 0x3d;
const LF = 0x0a;
const isSeparator = byteSet(" \t\r\n");
const needsShell = byteSet("$`!&*()~[]|{};<>?");
const needsShellQuoted = byteSet("$`");
const isSpecial = byteSet(" \t\r\n$`!&*()~[]|{};<>?'\"\\");

/**
 * Words that only a shell can run: keywords, and builtins that no program of that name can replace. An
 * existing program gives the same result in the shell, so the list may be too long but not too short.
 */
const SHELL_WORDS = new Set(
  (
    ". : alias bg bind break builtin caller case cd command compgen complete continue coproc declare dirs " +
    "disown do done elif else enable esac eval exec exit export fc fg fi for function getopts hash help " +
    "history if in jobs let local logout mapfile popd pushd read readarray readonly return select set shift " +
    "shopt source suspend then time times trap type typeset ulimit umask unalias unset until wait while"
  ).split(" "),
);

/**
 * Decides whether a command line can be executed without a shell and splits it if so. Bytes above 0x7f are
 * ordinary. In doubt the answer is `shell`: both must have the same result, direct execution only saves time.
 * Words without quotes are views of `line`.
 *
 * @param maxBytes limit of all words together as arguments; splitting stops there, because more cannot be
 * executed
 * Source: worker.md 4.1, with the listed defects of the upstream tokeniser not copied; D31.
 */
export function tokenize(line: Buffer, maxBytes: number = ARGUMENT_LIMIT): CommandPlan {
  const words = splitWords(line, maxBytes);
  if (words === undefined) return SHELL;
  const env: [Buffer, Buffer][] = [];
  let first = 0;
  for (; first < words.length; first++) {
    const assignment = asAssignment(words[first]);
    if (assignment === undefined) break;
    env.push(assignment);
  }
  const argv = words.slice(first).map((word) => word.text);
  const name = argv[0]?.toString("latin1") ?? "";
  // only assignments, an empty program name, a builtin: only a shell can handle them
  if (name === "" || SHELL_WORDS.has(name)) return SHELL;
  // a shell searches in this PATH, the engines in that of the worker
  if (!name.includes("/") && env.some(([key]) => key.equals(PATH))) return SHELL;
  return { kind: "exec", env, argv };
}

/** One word; `plainBytes` counts the bytes before the first quoted or escaped one. */
interface Word {
  readonly text: Buffer;
  readonly plainBytes: number;
}

/** @returns undefined if the line needs a shell */
function splitWords(line: Buffer, maxBytes: number): Word[] | undefined {
  const words: Word[] = [];
  let at = 0;
  let bytes = 0;
  while (at < line.length && bytes <= maxBytes) {
    if (isSeparator[line[at] ?? 0]) {
      at++;
      continue;
    }
    if (line[at] === HASH) return undefined; // a comment
    const end = endOfPlain(line, at);
    if (end === line.length || isSeparator[line[end] ?? 0]) {
      words.push({ text: line.subarray(at, end), plainBytes: end - at }); // most words: nothing to copy
      bytes += argumentBytes(end - at);
      at = end;
      continue;
    }
    const builder = new WordBuilder();
    const next = readWord(line, at, builder);
    if (next === undefined) return undefined;
    const word = builder.word();
    words.push(word);
    bytes += argumentBytes(word.text.length);
    at = next;
  }
  return bytes > maxBytes ? undefined : words;
}

/** @returns the offset of the first special byte at or after `at` */
function endOfPlain(line: Buffer, at: number): number {
  let end = at;
  while (end < line.length && !isSpecial[line[end] ?? 0]) end++;
  return end;
}

/** Reads one word from `at`. @returns the offset after it; undefined if the line needs a shell */
function readWord(line: Buffer, at: number, word: WordBuilder): number | undefined {
  let offset: number | undefined = at;
  while (offset !== undefined && offset < line.length) {
    const byte: number = line[offset] ?? 0;
    if (isSeparator[byte]) return offset;
    if (needsShell[byte]) return undefined;
    if (byte === SINGLE_QUOTE) offset = readSingleQuoted(line, offset + 1, word);
    else if (byte === DOUBLE_QUOTE) offset = readDoubleQuoted(line, offset + 1, word);
    else if (byte === BACKSLASH) offset = readEscaped(line, offset + 1, word);
    else {
      word.add(byte);
      offset++;
    }
  }
  return offset;
}

function readSingleQuoted(line: Buffer, at: number, word: WordBuilder): number | undefined {
  const end = line.indexOf(SINGLE_QUOTE, at);
  if (end < 0) return undefined;
  word.startQuoted();
  for (const byte of line.subarray(at, end)) word.add(byte);
  return end + 1;
}

function readDoubleQuoted(line: Buffer, at: number, word: WordBuilder): number | undefined {
  word.startQuoted();
  for (let offset = at; offset < line.length; offset++) {
    const byte = line[offset] ?? 0;
    if (byte === DOUBLE_QUOTE) return offset + 1;
    if (needsShellQuoted[byte]) return undefined;
    if (byte !== BACKSLASH) {
      word.add(byte);
      continue;
    }
    const next = line[offset + 1];
    if (next === LF) return undefined; // line continuation
    if (next === DOUBLE_QUOTE || next === BACKSLASH) {
      word.add(next);
      offset++;
    } else word.add(BACKSLASH);
  }
  return undefined; // unbalanced
}

function readEscaped(line: Buffer, at: number, word: WordBuilder): number | undefined {
  const byte = line[at];
  if (byte === undefined || byte === BACKSLASH || byte === LF || needsShell[byte]) return undefined;
  word.startQuoted();
  word.add(byte);
  return at + 1;
}

class WordBuilder {
  readonly #bytes: number[] = [];
  #plainBytes: number | undefined;

  add(byte: number): void {
    this.#bytes.push(byte);
  }

  startQuoted(): void {
    this.#plainBytes ??= this.#bytes.length;
  }

  word(): Word {
    return { text: Buffer.from(this.#bytes), plainBytes: this.#plainBytes ?? this.#bytes.length };
  }
}

function asAssignment(word: Word | undefined): [Buffer, Buffer] | undefined {
  if (word === undefined) return undefined;
  const { text, plainBytes } = word;
  const equals = text.indexOf(EQUALS);
  if (equals < 0 || equals >= plainBytes || !NAME.test(text.toString("latin1", 0, equals))) return undefined;
  return [text.subarray(0, equals), text.subarray(equals + 1)];
}

function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(characters, "latin1")) set[byte] = 1;
  return set;
}
