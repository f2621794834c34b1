/** A template that cannot be parsed, or evaluated with these labels. */
export class TemplateError extends Error {
  override readonly name: string = "TemplateError";
  readonly code = "BAD_TEMPLATE";
}

export interface Token {
  readonly kind: "field" | "dot" | "text" | "number" | "word" | "mark";
  readonly text: string;
}

export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly tokens: readonly Token[] }
  | { readonly kind: "if"; readonly branches: readonly Branch[] };

/** `condition` undefined: else. */
interface Branch {
  readonly condition: readonly Token[] | undefined;
  readonly body: readonly Part[];
}

/** A text, or an action if it has tokens. */
interface Piece {
  readonly text: string;
  readonly tokens?: readonly Token[];
}

const MAX_DEPTH = 50;

/** @throws TemplateError */
export function parseParts(source: string): readonly Part[] {
  return new Parser(split(source)).parse();
}

class Parser {
  readonly #pieces: readonly Piece[];
  #at = 0;
  #depth = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  parse(): readonly Part[] {
    const parts = this.#parts();
    if (this.#at < this.#pieces.length) throw new TemplateError("unexpected {{end}} or {{else}}");
    return parts;
  }

  /** Up to an `else` or `end`, which is not consumed. */
  #parts(): Part[] {
    if (++this.#depth > MAX_DEPTH) throw new TemplateError("nested too deeply");
    const parts: Part[] = [];
    for (let piece = this.#pieces[this.#at]; piece !== undefined; piece = this.#pieces[this.#at]) {
      const word = piece.tokens?.[0]?.kind === "word" ? piece.tokens[0].text : undefined;
      if (word === "else" || word === "end") break;
      this.#at++;
      if (piece.tokens === undefined) parts.push({ kind: "text", text: piece.text });
      else if (word === "if") parts.push({ kind: "if", branches: this.#branches(piece.tokens.slice(1)) });
      else parts.push({ kind: "print", tokens: piece.tokens });
    }
    this.#depth--;
    return parts;
  }

  #branches(first: readonly Token[]): Branch[] {
    const branches: Branch[] = [];
    let condition: readonly Token[] | undefined = first;
    for (;;) {
      branches.push({ condition, body: this.#parts() });
      const [word, second, ...more] = this.#pieces[this.#at++]?.tokens ?? [];
      if (word?.text === "end" && second === undefined) return branches;
      if (word?.text !== "else" || condition === undefined) throw new TemplateError("no {{end}}");
      if (second !== undefined && second.text !== "if")
        throw new TemplateError("unexpected word behind else");
      condition = second === undefined ? undefined : more;
    }
  }
}

/** Texts and actions in source order, in one pass. */
function split(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let isTrimmed = false;
  for (let open = source.indexOf("{{"); open >= 0; open = source.indexOf("{{", at)) {
    const end = endOfAction(source, open + 2);
    const action = source.slice(open + 2, end);
    const trimsBefore = /^-\s/.test(action);
    const trimsAfter = /\s-$/.test(action.slice(-2));
    const text = source.slice(at, open);
    const start = isTrimmed ? text.trimStart() : text;
    pieces.push({ text: trimsBefore ? start.trimEnd() : start });
    const inner = action.slice(trimsBefore ? 1 : 0, trimsAfter ? -1 : undefined).trim();
    if (!(inner.startsWith("/*") && inner.endsWith("*/"))) pieces.push({ text: "", tokens: tokenize(inner) });
    isTrimmed = trimsAfter;
    at = end + 2;
  }
  const text = source.slice(at);
  pieces.push({ text: isTrimmed ? text.trimStart() : text });
  return pieces;
}

/** @returns the offset of the first `}}` outside quotes */
function endOfAction(source: string, from: number): number {
  let quote = "";
  for (let at = from; at < source.length; at++) {
    const character = source[at] ?? "";
    if (quote === "" && source.startsWith("}}", at)) return at;
    if (character === "\\" && quote === '"') at++;
    else if (character === quote) quote = "";
    else if (quote === "" && (character === '"' || character === "`")) quote = character;
  }
  throw new TemplateError("unclosed action");
}

const TOKEN =
  /\s*(?:(?<field>(?:\.[\p{L}_][\p{L}\p{Nd}_]*)+)|(?<dot>\.)|(?<text>"(?:\\.|[^"\\])*"|`[^`]*`)|(?<number>-?\d+(?:\.\d+)?)|(?<word>[A-Za-z]+)|(?<mark>[()|]))/uy;
const KINDS = ["field", "dot", "text", "number", "word", "mark"] as const;

function tokenize(action: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < action.length) {
    const groups = TOKEN.exec(action)?.groups;
    const kind = KINDS.find((name) => groups?.[name] !== undefined);
    if (kind === undefined) throw new TemplateError("unexpected character in action");
    const text = groups?.[kind] ?? "";
    tokens.push({ kind, text: kind === "field" ? text.slice(1) : kind === "text" ? unquote(text) : text });
  }
  if (tokens.length === 0) throw new TemplateError("missing value for command");
  return tokens;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", '"': '"', "\\": "\\" };

function unquote(text: string): string {
  if (text.startsWith("`")) return text.slice(1, -1);
  return text.slice(1, -1).replace(/\\(.)/gs, (_, character: string) => {
    const plain = Object.hasOwn(ESCAPES, character) ? ESCAPES[character] : undefined;
    if (plain === undefined) throw new TemplateError("unknown escape");
    return plain;
  });
}
