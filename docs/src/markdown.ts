/** A link of a Markdown text; `target` as it is written. */
export interface Link {
  readonly target: string;
  readonly offset: number;
}

const FENCE = /^(?:```|~~~)/;

/** The text without code blocks and code spans, everything else at its offset. */
function withoutCode(text: string): string {
  let inFence = false;
  const blank = (piece: string) => piece.replace(/[^\n]/g, " ");
  return text
    .split("\n")
    .map((line) => {
      const isFence = FENCE.test(line.trimStart());
      if (isFence) inFence = !inFence;
      return isFence || inFence ? blank(line) : line.replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, blank);
    })
    .join("\n");
}

/** Links and pictures. */
export function linksOf(text: string): Link[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].map(
    ({ 1: target = "", index }) => ({
      target,
      offset: index,
    }),
  );
}

/** Headings, without their marks. */
export function headingsOf(text: string): string[] {
  const code = withoutCode(text).split("\n");
  return text.split("\n").flatMap((line, at) => {
    const heading = /^#{1,6} +(.*?) *#*$/.exec(line);
    return heading?.[1] === undefined || !code[at]?.startsWith("#") ? [] : [heading[1]];
  });
}

/** Anchors of the headings, made as forges make them. */
export function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return headingsOf(text).map((heading) => {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** Numbers of sections: `## 4. Execution` and `### 4.3 Process set-up` give `4` and `4.3`. */
export function sectionsOf(text: string): string[] {
  return headingsOf(text).flatMap((heading) => /^(\d+(?:\.\d+)*)\.? /.exec(heading)?.[1] ?? []);
}

/** Numbered items of lists: item 5 of section 3 is `3.5`. */
export function itemsOf(text: string): string[] {
  let section = "";
  return text.split("\n").flatMap((line) => {
    section = /^#+ (\d+(?:\.\d+)*)\.? /.exec(line)?.[1] ?? section;
    const item = /^(\d+)\. /.exec(line)?.[1];
    return item === undefined ? [] : [`${section}.${item}`];
  });
}

/** The cells of all rows of tables, header and ruler left out; an escaped bar is part of its cell. */
export function tableRowsOf(text: string): string[][] {
  return text
    .split("\n")
    .filter(
      (line, at, lines) => line.startsWith("|") && !RULER.test(line) && !RULER.test(lines[at + 1] ?? ""),
    )
    .map((line) =>
      line
        .slice(1, line.lastIndexOf("|"))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

const RULER = /^\|(?: *:?-+:? *\|)+$/;
