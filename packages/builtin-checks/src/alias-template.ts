import { type Part, parseParts, TemplateError, type Token } from "./template-syntax.ts";

export type TemplateData = ReadonlyMap<string, string>;

type Value = string | number | boolean | TemplateData | undefined;

const MAX_DEPTH = 50;

/**
 * A subset of Go's `text/template`, enough for lines about a value: `{{.label}}`, `{{.}}`, `{{if}}`, `{{else if}}`,
 * `{{else}}`, `{{end}}`, comments, `{{-` and `-}}`, `|`, parentheses, and the functions eq ne lt le gt ge and or not
 * len index print println printf. Loops and variables are not supported.
 *
 * @throws TemplateError, and so does the returned function
 * Source: the documentation of Go's `text/template`.
 */
export function parseTemplate(source: string): (data: TemplateData) => string {
  const parts = parseParts(source);
  return (data) => print(parts, data);
}

function print(parts: readonly Part[], data: TemplateData): string {
  let output = "";
  for (const part of parts) {
    if (part.kind === "text") output += part.text;
    else if (part.kind === "print") output += show(new Evaluation(part.tokens, data).value());
    else {
      const chosen = part.branches.find(
        ({ condition }) => condition === undefined || isTruthy(new Evaluation(condition, data).value()),
      );
      if (chosen !== undefined) output += print(chosen.body, data);
    }
  }
  return output;
}

class Evaluation {
  readonly #tokens: readonly Token[];
  readonly #data: TemplateData;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], data: TemplateData) {
    this.#tokens = tokens;
    this.#data = data;
  }

  value(): Value {
    const value = this.#pipeline();
    if (this.#at < this.#tokens.length) throw new TemplateError("unexpected )");
    return value;
  }

  #pipeline(): Value {
    if (++this.#depth > MAX_DEPTH) throw new TemplateError("nested too deeply");
    let value = this.#command([]);
    while (this.#tokens[this.#at]?.text === "|" && this.#tokens[this.#at]?.kind === "mark") {
      this.#at++;
      value = this.#command([value]);
    }
    this.#depth--;
    return value;
  }

  /** A value, or a function with its arguments; `piped` is the last of them. */
  #command(piped: readonly Value[]): Value {
    const token = this.#tokens[this.#at];
    const isFunction = token?.kind === "word" && token.text !== "true" && token.text !== "false";
    if (isFunction) this.#at++;
    const given: Value[] = [];
    for (let next = this.#tokens[this.#at]; next !== undefined; next = this.#tokens[this.#at]) {
      if (next.kind === "mark" && next.text !== "(") break;
      given.push(this.#operand(next));
    }
    if (isFunction) return call(token.text, [...given, ...piped]);
    if (given.length !== 1 || piped.length > 0)
      throw new TemplateError("can't give argument to non-function");
    return given[0];
  }

  /** `.label`; `.label.more` is an error unless there is no such label. */
  #field(path: string): Value {
    const [name = "", ...more] = path.split(".");
    const value = this.#data.get(name);
    if (value !== undefined && more.length > 0) throw new TemplateError(`can't evaluate field ${more[0]}`);
    return value;
  }

  #operand(token: Token): Value {
    this.#at++;
    switch (token.kind) {
      case "field":
        return this.#field(token.text);
      case "dot":
        return this.#data;
      case "text":
        return token.text;
      case "number":
        return Number(token.text);
      case "mark": {
        const value = this.#pipeline();
        if (this.#tokens[this.#at++]?.text !== ")") throw new TemplateError("unclosed left paren");
        return value;
      }
      case "word":
        if (token.text === "true" || token.text === "false") return token.text === "true";
        return call(token.text, []);
    }
  }
}

/** The function `eq`; a missing label equals no value. */
function equals(a: Value, b: Value): boolean {
  return a === undefined || b === undefined ? a === b : compare(a, b) === 0;
}

function call(name: string, values: readonly Value[]): Value {
  const [first, second] = values;
  switch (name) {
    case "eq":
      if (values.length > 1) return values.slice(1).some((value) => equals(first, value));
      break;
    case "ne":
      return !equals(first, second);
    case "lt":
      return compare(first, second) < 0;
    case "le":
      return compare(first, second) <= 0;
    case "gt":
      return compare(first, second) > 0;
    case "ge":
      return compare(first, second) >= 0;
    case "and":
      return values.find((value) => !isTruthy(value)) ?? values.at(-1);
    case "or":
      return values.find(isTruthy) ?? values.at(-1);
    case "not":
      return !isTruthy(first);
    case "len":
      if (typeof first === "string") return Buffer.byteLength(first);
      if (typeof first === "object") return first.size;
      break;
    case "index":
      if (typeof first === "object" && typeof second === "string") return first.get(second) ?? "";
      break;
    case "print":
      return values.reduce<string>((text, value, index) => {
        const isApart = index > 0 && typeof value !== "string" && typeof values[index - 1] !== "string";
        return `${text}${isApart ? " " : ""}${show(value)}`;
      }, "");
    case "println":
      return `${values.map(show).join(" ")}\n`;
    case "printf":
      if (typeof first === "string") return format(first, values.slice(1));
      break;
  }
  throw new TemplateError(`cannot call ${name}`);
}

/** Negative, 0 or positive. @throws TemplateError if they are of different kinds */
function compare(a: Value, b: Value): number {
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "boolean" && typeof b === "boolean") return a === b ? 0 : 1;
  throw new TemplateError("incompatible types for comparison");
}

function format(template: string, values: readonly Value[]): string {
  let at = 0;
  return template.replace(/%(.|$)/gsu, (_, verb: string) => {
    if (verb === "%") return "%";
    const value = values[at++];
    if (value !== undefined && (verb === "v" || (verb === "s" && typeof value === "string")))
      return show(value);
    if (verb === "q" && typeof value === "string") return JSON.stringify(value);
    if (verb === "d" && Number.isInteger(value)) return String(value);
    throw new TemplateError("unsupported verb");
  });
}

function isTruthy(value: Value): boolean {
  return typeof value === "object" ? value.size > 0 : Boolean(value);
}

function show(value: Value): string {
  if (value === undefined) return "<no value>";
  if (typeof value !== "object") return String(value);
  const entries = [...value].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `map[${entries.map(([name, text]) => `${name}:${text}`).join(" ")}]`;
}
