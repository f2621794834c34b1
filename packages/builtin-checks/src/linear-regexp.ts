import type { RE2JS } from "re2js";

/** Counts the work of matching, so that a check cannot keep its process busy. */
export interface Budget {
  /** Steps left. A step is one instruction of a pattern's program at one character. */
  steps: number;
}

export class BudgetError extends Error {
  override readonly name: string = "BudgetError";
  readonly code = "TOO_EXPENSIVE";
}

/** A pattern that cannot be parsed. The message is shown to its author. */
export class PatternError extends Error {
  override readonly name: string = "PatternError";
  readonly code = "BAD_PATTERN";
}

/** The parts of a replacement: texts, and groups by their numbers. */
export type Replacement = readonly (string | number)[];

/** Copying the text of a group costs about this many steps. */
const STEPS_PER_PART = 8;
const MAX_PATTERN_CHARACTERS = 2000;
const MAX_INSTRUCTIONS = 20_000;
/** The largest product of nested repeats that the library and Go accept. */
const MAX_NESTED_REPEATS = 1000;
/** Compiling a Unicode class costs about this many instructions. */
const UNICODE_CLASS_INSTRUCTIONS = 200;
/** A bounded repeat, and whether a group is repeated. */
const REPEAT = /(\)?)\{(\d{1,4})(?:,(\d{0,4}))?\}/g;
const UNICODE_CLASS = /\\[pP]/g;
/** `$$`, `$name` or `${name}` in a replacement. */
const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

/**
 * A regular expression of Go, matched in time proportional to text and program by `re2js`. The library has no bound of its
 * own for both together, hence the budget, and none for the time to compile, hence the estimate before.
 */
export class LinearRegExp {
  readonly #pattern: RE2JS;
  readonly #instructions: number;
  readonly #groups: ReadonlyMap<string, number>;

  /** @throws PatternError */
  static async compile(pattern: string): Promise<LinearRegExp> {
    if (pattern.length > MAX_PATTERN_CHARACTERS || estimate(pattern) > MAX_INSTRUCTIONS)
      throw new PatternError("error parsing regexp: expression too large");
    const { RE2JS, RE2JSException } = await import("re2js");
    try {
      return new LinearRegExp(RE2JS.compile(pattern));
    } catch (error) {
      if (error instanceof RE2JSException) throw new PatternError(error.message, { cause: error });
      throw error;
    }
  }

  private constructor(pattern: RE2JS) {
    this.#pattern = pattern;
    this.#instructions = pattern.programSize();
    this.#groups = new Map(Object.entries(pattern.namedGroups()));
  }

  /**
   * Replaces every match as Go's `ReplaceAllString` does. Each search is charged as if it looked at the whole rest of the
   * text.
   *
   * @param template from {@link parseTemplate}
   * @throws BudgetError
   */
  replaceAll(text: string, template: Replacement, budget: Budget): string {
    const matcher = this.#pattern.matcher(text);
    let result = "";
    let copied = 0;
    const search = () => {
      spend(budget, this.#instructions * (text.length - copied + 1));
      return matcher.find();
    };
    while (search()) {
      const start = matcher.start();
      const end = matcher.end();
      result += text.slice(copied, start);
      // an empty match directly after the previous match is ignored
      if (end > copied || start === 0) {
        const expanded = expand(template, (group) => matcher.group(group) ?? "");
        spend(budget, STEPS_PER_PART * template.length + expanded.length);
        result += expanded;
      }
      copied = end;
    }
    return result + text.slice(copied);
  }

  /** Parses a replacement: `$1`, `${1}`, `$name`, `${name}`, `$$`. A group that does not exist is empty. */
  parseTemplate(template: string): Replacement {
    const parts: (string | number)[] = [];
    let read = 0;
    for (const { 0: all, 1: bare, 2: braced, index } of template.matchAll(REFERENCE)) {
      const name = bare ?? braced ?? "";
      const group = /^\d{1,9}$/.test(name) ? Number(name) : this.#groups.get(name);
      parts.push(template.slice(read, index));
      if (all === "$$") parts.push("$");
      else if (group !== undefined && group <= this.#pattern.groupCount()) parts.push(group);
      read = index + all.length;
    }
    parts.push(template.slice(read));
    return parts.filter((part) => part !== "");
  }
}

/** Upper estimate of the number of instructions of a pattern, without parsing it. */
function estimate(pattern: string): number {
  let instructions =
    pattern.length + UNICODE_CLASS_INSTRUCTIONS * (pattern.match(UNICODE_CLASS)?.length ?? 0);
  let nested = 1;
  for (const [, group, least, most] of pattern.matchAll(REPEAT)) {
    const times = Math.max(1, Number(least), Number(most ?? 0));
    if (group === "") instructions += times;
    else nested = Math.min(MAX_NESTED_REPEATS, nested * times);
  }
  return instructions * nested;
}

function expand(template: Replacement, textOf: (group: number) => string): string {
  const groups: string[] = [];
  let text = "";
  for (const part of template) {
    if (typeof part === "string") text += part;
    else {
      groups[part] ??= textOf(part);
      text += groups[part];
    }
  }
  return text;
}

/** @throws BudgetError */
function spend(budget: Budget, steps: number): void {
  budget.steps -= steps;
  if (budget.steps < 0) throw new BudgetError("pattern takes too long");
}
