const AMPERSAND = 0x26;
const NAMED: Readonly<Record<string, string>> = { gt: ">", lt: "<", amp: "&", quot: '"', apos: "'" };
const ENTITY = /&(?:(gt|lt|amp|quot|apos)|#([0-9]{1,7}));/g;
const MAX_CODE_POINT = 0x10ffff;

/**
 * Decodes `&gt; &lt; &amp; &quot; &apos;` and `&#NN;` (a Unicode code point, written as UTF-8), each once, from left to
 * right: `&amp;lt;` becomes `&lt;`. Anything else is unchanged. Returns `text` itself if nothing is to be decoded.
 * Source: tools.md 6.1, decision T13 (C decodes in several passes, which can damage the text).
 */
export function decodeEntities(text: Buffer): Buffer {
  if (!text.includes(AMPERSAND)) return text;
  const decoded = text
    .toString("latin1")
    .replace(ENTITY, (entity, name: string | undefined, digits: string | undefined) =>
      name === undefined ? characterOf(Number(digits), entity) : (NAMED[name] ?? entity),
    );
  return Buffer.from(decoded, "latin1");
}

/** UTF-8 of a code point as latin1 characters; NUL, which would end a text, and invalid code points stay undecoded. */
function characterOf(codePoint: number, entity: string): string {
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  if (codePoint === 0 || codePoint > MAX_CODE_POINT || isSurrogate) return entity;
  return Buffer.from(String.fromCodePoint(codePoint)).toString("latin1");
}
