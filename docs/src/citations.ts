/** Specifications that are cited by section. */
export const SPECIFICATIONS = ["wire-format", "neb-module", "worker", "tools", "job-server"] as const;

/** A reference to a section of a specification. */
export interface Citation {
  /** `worker.md`. */
  readonly document: string;
  /** `4.3`. */
  readonly section: string;
  readonly offset: number;
}

/** The id of a deviation in a text. */
export interface IdUse {
  /** `D11`. */
  readonly id: string;
  readonly offset: number;
}

const NAMES = SPECIFICATIONS.join("|");
const NUMBER = String.raw`\d+(?:\.\d+)*`;
/** A remark in brackets that may follow the number. */
const REMARK = String.raw`(?: \([^()]{1,60}\))`;
const SEPARATOR = `${REMARK}?(?:, and | and |, | to |–|; )`;
const CITATION = new RegExp(
  String.raw`(?<![\w/-])((?:${NAMES})\.md|abi/README\.md) (${NUMBER}(?:${SEPARATOR}${NUMBER})*)(?![\w%])`,
  "g",
);
const ID = /(?<![\w.$#/-])(?:D|N|T|W|X)[1-9]\d{0,2}(?![\w-]|\.\d)/g;
const RANGE = /(?<![\w.$#/-])([DNTWX])([1-9]\d{0,2})(?:–| to )([DNTWX])([1-9]\d{0,2})(?![\w-])/g;
/** Wrong spellings of a citation: only one spelling is searched for and resolved. */
const MISSPELLED = new RegExp(
  [
    String.raw`\b(?:${NAMES}) spec(?:ification)?s?,? (?:section )?\d`,
    String.raw`\bspec(?:ification)?s?,? (?:(?:${NAMES})\b|section \d|table \d|\d)`,
    String.raw`\b(?:${NAMES})\.md\x60?[,:;]? (?:§|[Ss]ections? |table )`,
    String.raw`\x60(?:${NAMES})\.md\x60,? \d`,
    String.raw`\b(?:${NAMES})\.md ${NUMBER}-\d`,
    String.raw`abi/README\.md\x60?,? section`,
    String.raw`§ ?\d`,
  ].join("|"),
  "g",
);

/** A line break, with the comment mark of the next line. */
const BREAK = /\n[ \t]*(?:\*(?!\/)|\/\/+|#+(?=\s))?[ \t]*/g;

/** Runs `pattern` over the text with each line break as a blank: a citation may span two lines. */
function* matchesOf(pattern: RegExp, text: string): Generator<RegExpExecArray> {
  const breaks = [...text.matchAll(BREAK)].map(({ 0: gap, index }) => ({ index, extra: gap.length - 1 }));
  let at = 0;
  let removed = 0;
  for (const match of text.replace(BREAK, " ").matchAll(pattern)) {
    for (let next = breaks[at]; next !== undefined && next.index - removed < match.index; next = breaks[at]) {
      removed += next.extra;
      at++;
    }
    match.index += removed;
    yield match;
  }
}

/** All citations of sections. Lists and ranges give one for each written number. */
export function citationsOf(text: string): Citation[] {
  return [...matchesOf(CITATION, text)].flatMap(({ index: offset, 1: document = "", 2: numbers = "" }) =>
    (numbers.replace(new RegExp(REMARK, "g"), "").match(new RegExp(NUMBER, "g")) ?? []).map((section) => ({
      document,
      section,
      offset,
    })),
  );
}

/** A range gives every id in it. */
export function idsOf(text: string): IdUse[] {
  const single = [...matchesOf(ID, text)].map(({ 0: id, index: offset }) => ({ id, offset }));
  const ranges = [...matchesOf(RANGE, text)].flatMap(({ index: offset, 1: letter, 2: from, 4: to }) =>
    Array.from({ length: Math.max(0, Number(to) - Number(from) + 1) }, (_, at) => ({
      id: `${letter}${Number(from) + at}`,
      offset,
    })),
  );
  return [...single, ...ranges];
}

/** Citations not spelled like `worker.md 4.3`. */
export function misspelledIn(text: string): { readonly text: string; readonly offset: number }[] {
  return [...matchesOf(MISSPELLED, text)].map(({ 0: found, index: offset }) => ({ text: found, offset }));
}
