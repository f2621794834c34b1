import type { FieldMeta } from "./fields.ts";
import { fromUtf8 } from "./latin1.ts";

/** One word of the command line or of the configuration file, latin1. */
export interface Word {
  readonly text: string;
  readonly where: string;
}

/** What the words said. */
export type Spoken =
  | {
      readonly kind: "option";
      readonly option: string;
      readonly text: string | undefined;
      readonly where: string;
    }
  /** A word without `-`; `hidden` when it may be the rest of a secret. */
  | { readonly kind: "stray"; readonly text: string; readonly hidden: boolean; readonly where: string };

/** An option that does not exist, lacks its value, or has one too much. */
export class BadArgument extends Error {
  readonly where: string;
  constructor(text: string, where: string) {
    super(text);
    this.where = where;
  }
}

/** What can be said: long names with their metadata. Letters come from `short`. */
export type Vocabulary = ReadonlyMap<string, FieldMeta>;

/** Words of the command line. */
export function argumentWords(argv: readonly string[]): Word[] {
  return argv.map((text) => ({ text: fromUtf8(text), where: "command line" }));
}

/** Words of a configuration file: split at white space, `#` starts a comment. Source: job-server.md 4. */
export function fileWords(content: Buffer, path: string): Word[] {
  return content
    .toString("latin1")
    .split("\n")
    .flatMap((line, index) =>
      (line.split("#", 1)[0] ?? "")
        .split(/[ \t\r\v\f]+/)
        .filter((text) => text !== "")
        .map((text) => ({ text, where: `${path}:${index + 1}` })),
    );
}

/**
 * Options as getopt would read them, but without abbreviations: `--name=value`, `--name value`, `-x value`,
 * `-xvalue`, `-ab` for switches.
 *
 * @throws BadArgument
 */
export function parseWords(words: readonly Word[], vocabulary: Vocabulary): Spoken[] {
  return new WordParser(words, vocabulary).parse();
}

const VERBOSE_WORD = /^[A-Z]+$/;

class WordParser {
  readonly #words: readonly Word[];
  readonly #vocabulary: Vocabulary;
  readonly #letters: ReadonlyMap<string, string>;
  readonly #spoken: Spoken[] = [];
  #next = 0;
  #afterSecret = false;

  constructor(words: readonly Word[], vocabulary: Vocabulary) {
    this.#words = words;
    this.#vocabulary = vocabulary;
    this.#letters = new Map(
      [...vocabulary].flatMap(([name, facts]) =>
        facts.short === undefined ? [] : [[facts.short, name] as const],
      ),
    );
  }

  parse(): Spoken[] {
    for (let word = this.#take(); word !== undefined; word = this.#take()) {
      if (word.text.startsWith("--") && word.text.length > 2) this.#long(word);
      else if (word.text.startsWith("-") && word.text.length > 1 && word.text !== "--") this.#short(word);
      else this.#stray(word);
    }
    return this.#spoken;
  }

  #take(): Word | undefined {
    const word = this.#words[this.#next];
    this.#next += 1;
    return word;
  }

  #stray(word: Word): void {
    this.#spoken.push({ kind: "stray", text: word.text, hidden: this.#afterSecret, where: word.where });
  }

  #long(word: Word): void {
    const at = word.text.indexOf("=");
    const name = at === -1 ? word.text.slice(2) : word.text.slice(2, at);
    const given = at === -1 ? undefined : word.text.slice(at + 1);
    const facts = this.#vocabulary.get(name);
    if (facts === undefined) throw unrecognised(`--${name}`, word);
    if (facts.argument !== "") this.#push(name, given ?? this.#value(`--${name}`, word), word);
    else if (given === undefined) this.#push(name, undefined, word);
    else throw new BadArgument(`option '--${name}' does not take any arguments`, word.where);
  }

  #short(word: Word): void {
    for (let at = 1; at < word.text.length; at += 1) {
      const letter = word.text.charAt(at);
      const name = this.#letters.get(letter);
      if (name === undefined) throw unrecognised(`-${letter}`, word);
      const rest = word.text.slice(at + 1);
      if (name === "verbose") {
        this.#push(name, this.#verbosity(rest, word), word);
        return;
      }
      if (this.#vocabulary.get(name)?.argument !== "") {
        this.#push(name, rest === "" ? this.#value(`-${letter}`, word) : rest, word);
        return;
      }
      this.#push(name, undefined, word);
    }
  }

  /** gearmand's manual shows `-v`, its program refuses it: `-v`, `-vv` and `-v LEVEL` are ours. */
  #verbosity(rest: string, word: Word): string {
    if (VERBOSE_WORD.test(rest)) return rest;
    if (rest !== "" && !/^v+$/.test(rest)) throw unrecognised(`-${rest.charAt(0)}`, word);
    if (rest !== "") return "DEBUG";
    const following = this.#words[this.#next]?.text;
    if (following === undefined || !VERBOSE_WORD.test(following)) return "INFO";
    this.#next += 1;
    return following;
  }

  #value(option: string, word: Word): string {
    const value = this.#take();
    if (value === undefined) {
      throw new BadArgument(`the required argument for option '${option}' is missing`, word.where);
    }
    return value.text;
  }

  #push(option: string, text: string | undefined, word: Word): void {
    this.#afterSecret = this.#vocabulary.get(option)?.secret === true;
    this.#spoken.push({ kind: "option", option, text, where: word.where });
  }
}

function unrecognised(option: string, word: Word): BadArgument {
  return new BadArgument(`unrecognised option '${option}'`, word.where);
}
