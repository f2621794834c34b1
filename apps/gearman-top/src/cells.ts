const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1F200}-\u{1F2FF}\u{20000}-\u{3FFFD}])/u;
const PLAIN = /^[ -~]*$/;
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Columns of a printable text on a terminal: 2 for each wide character, 0 for combining marks. */
export function cellWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The longest prefix of `text` that fits into `columns`, in whole characters. */
export function cutCells(text: string, columns: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, columns));
  let width = 0;
  let end = 0;
  for (const { segment, index } of segmenter.segment(text)) {
    width += graphemeWidth(segment);
    if (width > columns) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** Pads with blanks to `columns`. */
export function padCells(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - cellWidth(text)));
}

/** A name in a column of `width`; a `>` at its end shows that it is cut. */
export function cutName(name: string, width: number): string {
  return padCells(cellWidth(name) > width ? `${cutCells(name, width - 1)}>` : name, width);
}

function graphemeWidth(segment: string): number {
  if (WIDE.test(segment)) return 2;
  return /^\p{Mark}+$/u.test(segment) ? 0 : 1;
}
