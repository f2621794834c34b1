import { type Assertion, type CharacterSet, type Node, PatternError, parsePattern } from "./regexp-syntax.ts";

type Instruction =
  | { readonly op: "set"; readonly set: CharacterSet }
  | { readonly op: "assert"; readonly what: Assertion }
  | { readonly op: "save"; readonly slot: number }
  | { readonly op: "jump"; to: number }
  | Split
  | { readonly op: "match" };

/** Goes on at both places, at the first one by preference. */
interface Split {
  readonly op: "split";
  first: number;
  second: number;
}

/** Counts the work of matching, so that a check cannot keep its process busy. */
export interface Budget {
  /** Steps left; one is one instruction at one character. */
  steps: number;
}

/** The budget is used up. */
export class BudgetError extends Error {
  override readonly name: string = "BudgetError";
  readonly code = "TOO_EXPENSIVE";
}

/** A thread of the machine: where it is in the program, and what its groups have matched. */
interface Thread {
  readonly at: number;
  readonly slots: readonly (number | undefined)[];
}

const MAX_PATTERN_CHARACTERS = 2000;
const MAX_INSTRUCTIONS = 10_000;
const MAX_NODES = 50_000; // repeats of nothing make no instructions
const WORD = /^[0-9A-Za-z_]$/;

/**
 * A regular expression that needs time in proportion to text and pattern, whatever these are: it follows all
 * possible matches at once and never goes back. Matches what Go's `regexp` matches, the leftmost one with the first
 * alternative preferred.
 */
export class LinearRegExp {
  readonly #program: Instruction[] = [];
  readonly #names: readonly (string | undefined)[];
  #nodes = 0;

  /** @throws PatternError */
  constructor(pattern: string) {
    if (pattern.length > MAX_PATTERN_CHARACTERS) throw new PatternError("expression too large");
    const { root, names } = parsePattern(pattern);
    this.#names = names;
    this.#emit({ op: "save", slot: 0 });
    this.#compile(root);
    this.#emit({ op: "save", slot: 1 });
    this.#emit({ op: "match" });
  }

  /**
   * Replaces every match as Go's `ReplaceAllString` does: `$1`, `${1}`, `$name`, `${name}`, `$$`.
   *
   * @throws BudgetError
   */
  replaceAll(text: string, template: string, budget: Budget): string {
    const characters = [...text];
    let result = "";
    let searchAt = 0;
    let copied = 0;
    while (searchAt <= characters.length) {
      const slots = this.#match(characters, searchAt, budget);
      const [start, end] = slots ?? [];
      if (slots === undefined || start === undefined || end === undefined) break;
      result += characters.slice(copied, start).join("");
      // an empty match right behind the match before is none
      if (end > copied || start === 0) {
        const expanded = this.#expand(template, characters, slots);
        spend(budget, template.length + expanded.length);
        result += expanded;
      }
      copied = end;
      searchAt = Math.max(searchAt + 1, end);
    }
    return result + characters.slice(copied).join("");
  }

  #expand(template: string, characters: readonly string[], slots: Thread["slots"]): string {
    return template.replace(/\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu, (all, bare, braced) => {
      if (all === "$$") return "$";
      const name: string = bare ?? braced;
      const group = /^\d{1,9}$/.test(name) ? Number(name) : this.#names.indexOf(name);
      const start = group < 0 ? undefined : slots[2 * group];
      return start === undefined ? "" : characters.slice(start, slots[2 * group + 1]).join("");
    });
  }

  /** @returns the places of the leftmost match from `from` on */
  #match(characters: readonly string[], from: number, budget: Budget): Thread["slots"] | undefined {
    let list = new ThreadList();
    let found: Thread["slots"] | undefined;
    for (let at = from; at <= characters.length; at++) {
      if (found === undefined) this.#follow(list, { at: 0, slots: [] }, characters, at, budget);
      if (found !== undefined && list.threads.length === 0) break;
      const next = new ThreadList();
      const character = characters[at];
      spend(budget, list.threads.length);
      for (const { at: place, slots } of list.threads) {
        const instruction = this.#program[place];
        if (instruction?.op === "match") {
          found = slots;
          break; // the threads behind it are less preferred
        }
        if (instruction?.op === "set" && character !== undefined && holds(instruction.set, character)) {
          this.#follow(next, { at: place + 1, slots }, characters, at + 1, budget);
        }
      }
      list = next;
    }
    return found;
  }

  /** Adds a thread, and those it splits into, in order of preference; each place of the program once. */
  #follow(list: ThreadList, start: Thread, characters: readonly string[], at: number, budget: Budget): void {
    const pending: Thread[] = [start];
    for (let thread = pending.pop(); thread !== undefined; thread = pending.pop()) {
      if (list.seen.has(thread.at)) continue;
      list.seen.add(thread.at);
      spend(budget, 1 + thread.slots.length / 8); // places are copied
      const instruction = this.#program[thread.at];
      if (instruction === undefined || instruction.op === "set" || instruction.op === "match") {
        list.threads.push(thread);
      } else advance(thread, instruction, characters, at, pending);
    }
  }

  #emit<I extends Instruction>(instruction: I): I {
    if (this.#program.length >= MAX_INSTRUCTIONS) throw new PatternError("expression too large");
    this.#program.push(instruction);
    return instruction;
  }

  #compile(node: Node): void {
    if (++this.#nodes > MAX_NODES) throw new PatternError("expression too large");
    switch (node.kind) {
      case "set":
        this.#emit({ op: "set", set: node.set });
        break;
      case "assert":
        this.#emit({ op: "assert", what: node.what });
        break;
      case "group":
        this.#emit({ op: "save", slot: 2 * node.index });
        this.#compile(node.body);
        this.#emit({ op: "save", slot: 2 * node.index + 1 });
        break;
      case "sequence":
        for (const part of node.parts) this.#compile(part);
        break;
      case "choice":
        this.#compileChoice(node.parts);
        break;
      case "repeat":
        this.#compileRepeat(node);
        break;
    }
  }

  #compileChoice(parts: readonly Node[]): void {
    const exits: { op: "jump"; to: number }[] = [];
    for (const [index, part] of parts.entries()) {
      if (index === parts.length - 1) this.#compile(part);
      else {
        const split = this.#emit({ op: "split" as const, first: this.#program.length + 1, second: 0 });
        this.#compile(part);
        exits.push(this.#emit({ op: "jump" as const, to: 0 }));
        split.second = this.#program.length;
      }
    }
    for (const exit of exits) exit.to = this.#program.length;
  }

  /** `x{2,4}` becomes `xx(x(x)?)?`, `x{2,}` becomes `xx+`, `x*` becomes `(x+)?`. */
  #compileRepeat({ body, min, max, greedy }: Extract<Node, { kind: "repeat" }>): void {
    const exits: Split[] = [];
    const split = (inside: number) => {
      const made = this.#emit({ op: "split" as const, first: inside, second: inside });
      exits.push(made);
    };
    const isEndless = max === Number.POSITIVE_INFINITY;
    for (let count = 0; count < (isEndless ? min - 1 : min); count++) this.#compile(body);
    if (isEndless) {
      if (min === 0) split(this.#program.length + 1);
      const start = this.#program.length;
      this.#compile(body);
      split(start);
    } else {
      for (let count = min; count < max; count++) {
        split(this.#program.length + 1);
        this.#compile(body);
      }
    }
    for (const exit of exits) exit[greedy ? "second" : "first"] = this.#program.length;
  }
}

/** @throws BudgetError */
function spend(budget: Budget, steps: number): void {
  budget.steps -= steps;
  if (budget.steps < 0) throw new BudgetError("pattern takes too long");
}

/** Threads in order of preference. */
class ThreadList {
  readonly threads: Thread[] = [];
  /** Places of the program that are in the list or were gone through on the way to it. */
  readonly seen = new Set<number>();
}

/** Carries out an instruction that takes no character. */
function advance(
  { at: place, slots }: Thread,
  instruction: Exclude<Instruction, { op: "set" | "match" }>,
  characters: readonly string[],
  at: number,
  pending: Thread[],
): void {
  if (instruction.op === "jump") pending.push({ at: instruction.to, slots });
  else if (instruction.op === "split") {
    pending.push({ at: instruction.second, slots }, { at: instruction.first, slots });
  } else if (instruction.op === "save") {
    const changed = [...slots];
    changed[instruction.slot] = at;
    pending.push({ at: place + 1, slots: changed });
  } else if (isTrue(instruction.what, characters, at)) pending.push({ at: place + 1, slots });
}

function holds(set: CharacterSet, character: string): boolean {
  const isIn = (one: string) => {
    const code = one.codePointAt(0) ?? 0;
    return (
      set.ranges.some(([from, to]) => code >= from && code <= to) ||
      set.properties.some((property) => property.test(one))
    );
  };
  const isMember =
    isIn(character) || (set.ignoreCase && (isIn(character.toLowerCase()) || isIn(character.toUpperCase())));
  return isMember !== set.negated;
}

function isTrue(what: Assertion, characters: readonly string[], at: number): boolean {
  const isWord = (index: number) => WORD.test(characters[index] ?? "");
  switch (what) {
    case "text-start":
      return at === 0;
    case "text-end":
      return at === characters.length;
    case "line-start":
      return at === 0 || characters[at - 1] === "\n";
    case "line-end":
      return at === characters.length || characters[at] === "\n";
    case "word":
      return isWord(at - 1) !== isWord(at);
    case "no-word":
      return isWord(at - 1) === isWord(at);
  }
}
