import type { OptionRow, OptionTable, Switch } from "@mod-gearman/config";
import { type Argument, fromArgument } from "./raw-arguments.ts";

/** One word of the command line or of the configuration file, latin1. */
export interface Word {
  readonly text: string;
  readonly where: string;
}

export type ParsedArgument =
  | {
      readonly kind: "option";
      readonly option: string;
      readonly text: string | undefined;
      readonly where: string;
    }
  /** A word without `-`; `hidden` if it may be the rest of a secret, `meant` the option that it names. */
  | {
      readonly kind: "stray";
      readonly text: string;
      readonly hidden: boolean;
      readonly meant: string | undefined;
      readonly where: string;
    };

/** An option that does not exist, lacks its value, or has a value but takes none. */
export class BadArgument extends Error {
  readonly kind: "unknown" | "missing" | "surplus" | "empty";
  /** As written, dashes included. */
  readonly option: string;
  readonly where: string;
  constructor(kind: BadArgument["kind"], option: string, where: string) {
    super(COMPLAINTS[kind](option));
    this.kind = kind;
    this.option = option;
    this.where = where;
  }
}

const COMPLAINTS: Record<BadArgument["kind"], (option: string) => string> = {
  unknown: (option) => `unrecognised option '${option}'`,
  missing: (option) => `the required argument for option '${option}' is missing`,
  surplus: (option) => `option '${option}' does not take any arguments`,
  empty: (option) => `the argument for option '${option}' should follow immediately after the equal sign`,
};

interface OptionSpec {
  readonly option: string;
  readonly row: Pick<OptionRow, "argument" | "short" | "secret" | "optional">;
}

/** Options by their long names, aliases included. Letters come from `short`. */
export type OptionSpecs = ReadonlyMap<string, OptionSpec>;

/** The options of a program, and its switches by their long word. */
export function optionTable(table: OptionTable, switches: readonly Switch[]): OptionSpecs {
  const words = new Map<string, OptionSpec>();
  for (const [option, row] of Object.entries(table)) {
    for (const name of [option, ...(row.aliases ?? [])]) words.set(name, { option, row });
  }
  for (const { words: spellings } of switches) {
    const option = (spellings.find((one) => one.startsWith("--")) ?? "").slice(2);
    const short = spellings
      .filter((one) => !one.startsWith("--"))
      .map((one) => one.slice(1))
      .join("");
    words.set(option, { option, row: { argument: "", short } });
  }
  return words;
}

export function argumentWords(argv: readonly Argument[]): Word[] {
  return argv.map((text) => ({ text: fromArgument(text), where: "command line" }));
}

/**
 * Parses options as getopt does, but without abbreviations: `--name=value`, `--name value`, `-x value`, `-xvalue`,
 * `-ab` for switches.
 *
 * @throws BadArgument
 */
export function parseWords(words: readonly Word[], specs: OptionSpecs, rules: WordRules): ParsedArgument[] {
  return new WordParser(words, specs, rules).parse();
}

/** Differences between programs with this grammar. */
export interface WordRules {
  /** Whether the `=` of `-x=value` is part of the value, as with getopt, or precedes it. */
  readonly letterEquals: "value" | "separator";
  /** `--name=` without a value is an error. */
  readonly refusesEmpty: boolean;
}

const VERBOSE_WORD = /^[A-Z]+$/;

class WordParser {
  readonly #words: readonly Word[];
  readonly #specs: OptionSpecs;
  readonly #rules: WordRules;
  readonly #letters: ReadonlyMap<string, OptionSpec>;
  readonly #parsed: ParsedArgument[] = [];
  #next = 0;
  #lastWhere: string | undefined;
  /** Position of the last value if it is secret: a word at the same position may be the rest of it. */
  #secretAt: string | undefined;

  constructor(words: readonly Word[], specs: OptionSpecs, rules: WordRules) {
    this.#words = words;
    this.#specs = specs;
    this.#rules = rules;
    this.#letters = new Map(
      [...specs.values()].flatMap((one) => [...(one.row.short ?? "")].map((letter) => [letter, one])),
    );
  }

  parse(): ParsedArgument[] {
    for (let word = this.#take(); word !== undefined; word = this.#take()) {
      if (word.text.startsWith("--") && word.text.length > 2) this.#long(word);
      else if (word.text.startsWith("-") && word.text.length > 1 && word.text !== "--") this.#short(word);
      else this.#stray(word);
    }
    return this.#parsed;
  }

  #take(): Word | undefined {
    const word = this.#words[this.#next];
    this.#next += 1;
    this.#lastWhere = word?.where;
    return word;
  }

  #stray({ text, where }: Word): void {
    const [name = ""] = text.split("=", 1);
    // a separate word may be the rest of a secret with a blank, but not on another line of a file
    const isAfterSecret = this.#secretAt === where;
    const known = isAfterSecret && !text.includes("=") ? undefined : this.#specs.get(name);
    const takesValue = known !== undefined && known.row.argument !== "";
    const meant = known === undefined ? undefined : `--${name}${takesValue ? "=..." : ""}`;
    this.#parsed.push({
      kind: "stray",
      text,
      hidden: isAfterSecret && known === undefined,
      meant,
      where,
    });
    if (known !== undefined) this.#secretAt = known.row.secret === true ? where : undefined;
  }

  #long(word: Word): void {
    const at = word.text.indexOf("=");
    const name = at === -1 ? word.text.slice(2) : word.text.slice(2, at);
    const given = at === -1 ? undefined : word.text.slice(at + 1);
    const known = this.#specs.get(name);
    if (known === undefined) throw new BadArgument("unknown", `--${name}`, word.where);
    const { argument, optional } = known.row;
    if (given === "" && this.#rules.refusesEmpty) throw new BadArgument("empty", `--${name}`, word.where);
    if (argument === "" && given !== undefined) throw new BadArgument("surplus", `--${name}`, word.where);
    const alone = argument === "" || optional === true;
    this.#push(known, given ?? (alone ? undefined : this.#value(`--${name}`, word)), word);
  }

  #short(word: Word): void {
    for (let at = 1; at < word.text.length; at += 1) {
      const letter = word.text.charAt(at);
      const known = this.#letters.get(letter);
      if (known === undefined) throw new BadArgument("unknown", `-${letter}`, word.where);
      const rest = word.text.slice(at + 1);
      if (known.row.argument !== "") {
        this.#push(known, this.#letterValue(known, letter, rest, word), word);
        return;
      }
      this.#push(known, undefined, word);
    }
  }

  #letterValue(known: OptionSpec, letter: string, rest: string, word: Word): string {
    if (known.option === "verbose") return this.#verbosity(rest, word);
    if (rest === "") return this.#value(`-${letter}`, word);
    return this.#rules.letterEquals === "separator" ? rest.replace(/^=/, "") : rest;
  }

  /** gearmand's manual contains `-v`, its program refuses it: `-v`, `-vv`, `-vvv` and `-v LEVEL` are ours (X36). */
  #verbosity(rest: string, word: Word): string {
    if (VERBOSE_WORD.test(rest)) return rest;
    if (!/^v{0,2}$/.test(rest))
      throw new BadArgument("unknown", rest.startsWith("v") ? `-v${rest}` : `-${rest.charAt(0)}`, word.where);
    if (rest !== "") return "DEBUG";
    const following = this.#words[this.#next]?.text;
    if (following === undefined || !VERBOSE_WORD.test(following)) return "INFO";
    this.#next += 1;
    return following;
  }

  #value(option: string, word: Word): string {
    const value = this.#take();
    if (value === undefined) throw new BadArgument("missing", option, word.where);
    return value.text;
  }

  #push({ option, row }: OptionSpec, text: string | undefined, word: Word): void {
    this.#secretAt = row.secret === true ? this.#lastWhere : undefined;
    this.#parsed.push({ kind: "option", option, text, where: word.where });
  }
}
