import { PERL, POSIX, type Ranges } from "./regexp-classes.ts";

/** A set of characters: code point ranges, and properties of Unicode. */
export interface CharacterSet {
  readonly ranges: Ranges;
  /** Each matches one character. */
  readonly properties: readonly RegExp[];
  readonly negated: boolean;
  readonly ignoreCase: boolean;
}

/** Places between characters. */
export type Assertion = "text-start" | "text-end" | "line-start" | "line-end" | "word" | "no-word";

/** A pattern as a tree. */
export type Node =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "assert"; readonly what: Assertion }
  | { readonly kind: "group"; readonly index: number; readonly body: Node }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Node[] }
  | {
      readonly kind: "repeat";
      readonly body: Node;
      readonly min: number;
      readonly max: number;
      readonly greedy: boolean;
    };

/** A pattern that cannot be read. The message is for whoever wrote it. */
export class PatternError extends Error {
  override readonly name: string = "PatternError";
  readonly code = "BAD_PATTERN";
  constructor(reason: string) {
    super(`error parsing regexp: ${reason}`);
  }
}

/** A pattern with its groups. */
export interface ParsedPattern {
  readonly root: Node;
  /** Names of groups by index, the whole match is group 0. */
  readonly names: readonly (string | undefined)[];
}

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

const MAX_DEPTH = 100;
const MAX_REPEAT = 1000;
const MAX_CODE_POINT = 0x10ffff;
const CONTROL: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };
const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  A: "text-start",
  z: "text-end",
  b: "word",
  B: "no-word",
};

/**
 * Reads a pattern in the syntax of Go's `regexp`: no look-around and no back references, which is what makes a match
 * in linear time possible.
 *
 * @throws PatternError
 * Source: the documentation of Go's `regexp/syntax`.
 */
export function parsePattern(pattern: string): ParsedPattern {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #characters: readonly string[];
  readonly #names: (string | undefined)[] = [undefined];
  #at = 0;
  #depth = 0;
  #flags: Flags = { i: false, m: false, s: false, U: false };

  constructor(pattern: string) {
    this.#characters = [...pattern];
  }

  parse(): ParsedPattern {
    const root = this.#choice();
    if (this.#at < this.#characters.length) throw new PatternError("unexpected )");
    return { root, names: this.#names };
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new PatternError("unexpected end of pattern");
    return character;
  }

  #accept(text: string): boolean {
    const end = this.#at + text.length;
    if (this.#characters.slice(this.#at, end).join("") !== text) return false;
    this.#at = end;
    return true;
  }

  /** What stands before `end`, which is taken too. */
  #until(end: string): string {
    let text = "";
    while (!this.#accept(end)) text += this.#take();
    return text;
  }

  #choice(): Node {
    if (++this.#depth > MAX_DEPTH) throw new PatternError("expression nests too deeply");
    const outer = this.#flags;
    const parts = [this.#sequence()];
    while (this.#accept("|")) parts.push(this.#sequence());
    this.#flags = outer;
    this.#depth--;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "choice", parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (let next = this.#peek(); next !== undefined && next !== "|" && next !== ")"; next = this.#peek()) {
      if (this.#accept("\\Q")) parts.push(...this.#quoted());
      else {
        const atom = this.#atom();
        if (atom !== undefined) parts.push(this.#repeated(atom));
      }
    }
    return { kind: "sequence", parts };
  }

  #quoted(): Node[] {
    const nodes: Node[] = [];
    while (this.#peek() !== undefined && !this.#accept("\\E")) nodes.push(this.#literal(this.#take()));
    return nodes;
  }

  #repeated(atom: Node): Node {
    let node = atom;
    for (let count = 0; ; count++) {
      const bounds = this.#bounds();
      if (bounds === undefined) return node;
      if (count > 0) throw new PatternError("invalid nested repetition operator");
      const lazy = this.#accept("?");
      node = { kind: "repeat", body: node, ...bounds, greedy: lazy === this.#flags.U };
    }
  }

  #bounds(): { min: number; max: number } | undefined {
    if (this.#accept("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#accept("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#accept("?")) return { min: 0, max: 1 };
    if (this.#peek() !== "{") return undefined;
    const rest = this.#characters.slice(this.#at, this.#at + 16).join("");
    const match = /^\{(\d{1,6})(,(\d{0,6}))?\}/.exec(rest);
    if (match === null) return undefined; // an ordinary brace
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY) || min > max) {
      throw new PatternError(`invalid repeat count: ${match[0]}`);
    }
    return { min, max };
  }

  /** @returns undefined for flags, which match nothing */
  #atom(): Node | undefined {
    const { i, m, s } = this.#flags;
    const character = this.#take();
    switch (character) {
      case ".":
        return setNode(s ? [[0, MAX_CODE_POINT]] : [[0x0a, 0x0a]], !s);
      case "^":
        return { kind: "assert", what: m ? "line-start" : "text-start" };
      case "$":
        return { kind: "assert", what: m ? "line-end" : "text-end" };
      case "(":
        return this.#group();
      case "[":
        return { kind: "set", set: this.#class(i) };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        throw new PatternError(`missing argument to repetition operator: ${character}`);
      default:
        return this.#literal(character);
    }
  }

  #literal(character: string): Node {
    const code = character.codePointAt(0) ?? 0;
    return setNode([[code, code]], false, this.#flags.i);
  }

  #group(): Node | undefined {
    let index: number | undefined;
    const outer = this.#flags;
    if (this.#accept("?P<") || this.#accept("?<")) {
      const name = this.#until(">");
      if (!/^\w+$/.test(name) || this.#names.includes(name))
        throw new PatternError(`invalid group name: ${name}`);
      index = this.#names.push(name) - 1;
    } else if (this.#accept("?")) {
      if (this.#flagsEndGroup()) return undefined;
    } else index = this.#names.push(undefined) - 1;
    const body = this.#choice();
    if (!this.#accept(")")) throw new PatternError("missing closing )");
    this.#flags = outer;
    return index === undefined ? body : { kind: "group", index, body };
  }

  /** Reads `i-s:` or `i-s)`. @returns true for the second: the flags hold to the end of the group around. */
  #flagsEndGroup(): boolean {
    let on = true;
    for (;;) {
      const flag = this.#take();
      if (flag === ")" || flag === ":") return flag === ")";
      if (flag === "-" && on) on = false;
      else if (flag in this.#flags) this.#flags = { ...this.#flags, [flag]: on };
      else throw new PatternError("invalid or unsupported Perl syntax");
    }
  }

  #escape(): Node {
    const { i } = this.#flags;
    const character = this.#peek() ?? "";
    if (Object.hasOwn(ASSERTIONS, character)) {
      this.#at++;
      return { kind: "assert", what: ASSERTIONS[character] ?? "word" };
    }
    const set = this.#escapedSet();
    if (set !== undefined) return { kind: "set", set: { ...set, ignoreCase: i } };
    const code = this.#escapedCharacter();
    return setNode([[code, code]], false, i);
  }

  /** `\d`, `\pL` and the like, behind the backslash. */
  #escapedSet(): CharacterSet | undefined {
    const character = this.#peek() ?? "";
    const lower = character.toLowerCase();
    const negated = character !== lower;
    if (Object.hasOwn(PERL, lower)) {
      this.#at++;
      return { ranges: PERL[lower] ?? [], properties: [], negated, ignoreCase: false };
    }
    if (lower !== "p") return undefined;
    this.#at++;
    let name = this.#take();
    if (name === "{") name = this.#until("}");
    const inverse = name.startsWith("^");
    const property = unicodeProperty(inverse ? name.slice(1) : name);
    return { ranges: [], properties: [property], negated: negated !== inverse, ignoreCase: false };
  }

  #escapedCharacter(): number {
    const character = this.#take();
    if (Object.hasOwn(CONTROL, character)) return CONTROL[character] ?? 0;
    if (character === "x") return this.#hexadecimal();
    if (/[0-7]/.test(character)) return this.#octal(character);
    if (/[A-Za-z0-9]/.test(character)) throw new PatternError(`invalid escape sequence: \\${character}`);
    return character.codePointAt(0) ?? 0;
  }

  #hexadecimal(): number {
    const digits = this.#accept("{") ? this.#until("}") : this.#take() + this.#take();
    const code = /^[0-9A-Fa-f]{1,6}$/.test(digits) ? Number.parseInt(digits, 16) : MAX_CODE_POINT + 1;
    if (code > MAX_CODE_POINT) throw new PatternError("invalid escape sequence: \\x");
    return code;
  }

  #octal(first: string): number {
    let digits = first;
    while (digits.length < 3 && /[0-7]/.test(this.#peek() ?? "")) digits += this.#take();
    // one digit that is not 0 would be a back reference elsewhere
    if (digits.length === 1 && first !== "0") throw new PatternError(`invalid escape sequence: \\${first}`);
    return Number.parseInt(digits, 8);
  }

  #class(ignoreCase: boolean): CharacterSet {
    const negated = this.#accept("^");
    const ranges: (readonly [number, number])[] = [];
    const properties: RegExp[] = [];
    for (let isFirst = true; isFirst || this.#peek() !== "]"; isFirst = false) {
      const set = this.#classSet();
      if (set !== undefined) {
        // a negated set inside is turned round here: the outer one may be negated by itself
        if (set.negated) properties.push(...set.properties.map(inverted));
        else properties.push(...set.properties);
        ranges.push(...(set.negated && set.properties.length === 0 ? complement(set.ranges) : set.ranges));
        continue;
      }
      const from = this.#classCharacter();
      const isRange = this.#peek() === "-" && this.#characters[this.#at + 1] !== "]";
      if (isRange) this.#at++;
      const to = isRange ? this.#classCharacter() : from;
      if (to < from) throw new PatternError("invalid character class range");
      ranges.push([from, to]);
    }
    this.#at++;
    return { ranges, properties, negated, ignoreCase };
  }

  #classSet(): CharacterSet | undefined {
    if (this.#peek() === "\\") {
      this.#at++;
      const set = this.#escapedSet();
      if (set === undefined) this.#at--;
      return set;
    }
    if (!this.#accept("[:")) return undefined;
    const name = this.#until(":]");
    const negated = name.startsWith("^");
    const ranges = POSIX[negated ? name.slice(1) : name];
    if (ranges === undefined) throw new PatternError(`invalid character class range: [:${name}:]`);
    return { ranges, properties: [], negated, ignoreCase: false };
  }

  #classCharacter(): number {
    if (this.#accept("\\")) return this.#escapedCharacter();
    return this.#take().codePointAt(0) ?? 0;
  }
}

function setNode(ranges: Ranges, negated: boolean, ignoreCase = false): Node {
  return { kind: "set", set: { ranges, properties: [], negated, ignoreCase } };
}

/** @throws PatternError */
function unicodeProperty(name: string): RegExp {
  if (!/^[A-Za-z_]{1,40}$/.test(name)) throw new PatternError("invalid character class range: \\p");
  for (const source of [`\\p{${name}}`, `\\p{Script=${name}}`]) {
    try {
      return new RegExp(`^${source}$`, "u");
    } catch {
      // no general category: a script perhaps
    }
  }
  throw new PatternError(`invalid character class range: \\p{${name}}`);
}

function inverted(property: RegExp): RegExp {
  return new RegExp(property.source.replace("\\p", "\\P"), "u");
}

function complement(ranges: Ranges): [number, number][] {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    if (from > next) gaps.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  gaps.push([next, MAX_CODE_POINT]);
  return gaps;
}
