/** A comment or a title of a test. */
export interface Prose {
  readonly text: string;
  readonly offset: number;
}

/** Words of house English with a plainer one; see the dictionary and CONTRIBUTING.md. */
const UNPLAIN =
  /\b(?:un)?told\b|\b(?:some|no|every)body\b|\b(?:who|what)ever\b|\banew\b|\bfor ever\b|\b(?:what|that|which) is none\b|\bas ever\b|\bseldom\b|\bsenseless\b/i;

const COMMENT = /\/\*\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gm;
const PERL_COMMENT = /(?<=^|\s)# .*$/gm;
const TITLE = /\b(?:test|it|describe)(?:\.\w+)*(?:\([^"'`]*\))?\(\s*(["'`])((?:\\.|(?!\1).)*)\1/g;

/** Comments, and titles of tests, of TypeScript, JavaScript or Perl. A `//` in a string counts as a comment. */
export function proseOf(path: string, text: string): Prose[] {
  const isPerl = /\.p[lm]$/.test(path);
  const found: Prose[] = [];
  for (const match of text.matchAll(isPerl ? PERL_COMMENT : COMMENT))
    found.push({ text: match[0], offset: match.index });
  if (!isPerl)
    for (const match of text.matchAll(TITLE)) found.push({ text: match[2] ?? "", offset: match.index });
  return found;
}

/** The first word of house English in a text. */
export function unplainIn(text: string): string | undefined {
  return UNPLAIN.exec(text)?.[0];
}
