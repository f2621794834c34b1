import type { CheckOutcome } from "./check-outcome.ts";

/** Why a line is not a result; "blank line" is not an error. */
export type LineProblem =
  | "blank line"
  | "no host"
  | "fewer than three fields"
  | "the return code is no number"
  | "the return code is out of range";

const CR = 0x0d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const ZERO = 0x30;
const NINE = 0x39;
const MAX_DIGITS = 15; // more would not be exact
const MAX_INT = 2 ** 31;

/**
 * Parses `host D service D code D output` or `host D code D output`, D being the delimiter. Repeated
 * delimiters before service and code count as one, as in C; the output is everything after the delimiter that follows the
 * code, further delimiters included. Differences from C: the output may be empty, an empty service field makes a host
 * result, one CR at the end is removed, an empty host and a code that is not a number are errors.
 * Source: tools.md 5.2, decisions T9 and T10.
 *
 * @returns views of `line`
 */
export function parseListLine(line: Buffer, delimiter: Buffer): CheckOutcome | LineProblem {
  const end = line[line.length - 1] === CR ? line.length - 1 : line.length;
  if (isBlank(line, end)) return "blank line";
  const cut = new FieldCutter(line, end, delimiter);
  const host = cut.next();
  if (host === undefined || host.length === 0) return "no host";
  const second = cut.next();
  if (second === undefined) return "fewer than three fields";
  if (second.length > 0) return withSecond(host, second, cut);
  return withEmptyService(host, cut) ?? "fewer than three fields";
}

/** After an empty service field: a code makes a host result; otherwise the delimiter was only repeated. */
function withEmptyService(host: Buffer, cut: FieldCutter): CheckOutcome | LineProblem | undefined {
  const third = cut.nextFilled();
  if (third === undefined) return undefined;
  const code = integerOf(third);
  if (code === undefined || !cut.hasRest) return withSecond(host, third, cut);
  return result({ host, output: cut.rest() }, code);
}

function withSecond(host: Buffer, second: Buffer, cut: FieldCutter): CheckOutcome | LineProblem {
  const hostCode = integerOf(second);
  const restAt = cut.at;
  const third = cut.nextFilled();
  const code = third === undefined || !cut.hasRest ? undefined : integerOf(third);
  if (code !== undefined) return result({ host, service: second, output: cut.rest() }, code);
  if (hostCode !== undefined) {
    if (restAt === undefined) return "fewer than three fields";
    cut.backTo(restAt, third);
    return result({ host, output: cut.rest() }, hostCode);
  }
  return third === undefined ? "fewer than three fields" : "the return code is no number";
}

function result(fields: Omit<CheckOutcome, "returnCode">, code: number): CheckOutcome | LineProblem {
  if (code >= MAX_INT || code < -MAX_INT) return "the return code is out of range";
  return { ...fields, returnCode: code };
}

class FieldCutter {
  readonly #line: Buffer;
  readonly #end: number;
  readonly #delimiter: Buffer;
  #at: number | undefined = 0;

  constructor(line: Buffer, end: number, delimiter: Buffer) {
    this.#line = line;
    this.#end = end;
    this.#delimiter = delimiter;
  }

  /** Start of the rest; undefined if a field ended with the line. */
  get at(): number | undefined {
    return this.#at;
  }

  get hasRest(): boolean {
    return this.#at !== undefined;
  }

  /** The next field, which may be empty; undefined if there is none. */
  next(): Buffer | undefined {
    const start = this.#at;
    if (start === undefined) return undefined;
    const one = this.#delimiter.length === 1 ? this.#delimiter[0] : undefined;
    const found = this.#line.indexOf(one ?? this.#delimiter, start);
    const isLast = found === -1 || found + this.#delimiter.length > this.#end;
    this.#at = isLast ? undefined : found + this.#delimiter.length;
    return this.#line.subarray(start, isLast ? this.#end : found);
  }

  /** The next non-empty field. */
  nextFilled(): Buffer | undefined {
    let field = this.next();
    while (field !== undefined && field.length === 0) field = this.next();
    return field;
  }

  rest(): Buffer {
    return this.#line.subarray(this.#at ?? this.#end, this.#end);
  }

  /** Returns to a position of the rest, or to the first field after it that is not empty. */
  backTo(restAt: number, field: Buffer | undefined): void {
    this.#at = field === undefined ? restAt : field.byteOffset - this.#line.byteOffset;
  }
}

/** Decimal number with an optional sign, blanks around it; undefined for anything else. */
function integerOf(field: Buffer): number | undefined {
  let at = 0;
  let end = field.length;
  while (at < end && isSpace(field[at])) at++;
  while (end > at && isSpace(field[end - 1])) end--;
  const sign = field[at];
  if (sign === MINUS || sign === PLUS) at++;
  if (at === end || end - at > MAX_DIGITS) return undefined;
  let value = 0;
  for (; at < end; at++) {
    const byte = field[at] as number;
    if (byte < ZERO || byte > NINE) return undefined;
    value = value * 10 + byte - ZERO;
  }
  return sign === MINUS ? -value : value;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

function isBlank(line: Buffer, end: number): boolean {
  for (let at = 0; at < end; at++) if (!isSpace(line[at])) return false;
  return true;
}
