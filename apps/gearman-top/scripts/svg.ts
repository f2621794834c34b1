const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 19;
const MARGIN = 16;
const COLOURS: Record<string, string> = { "31": "#ff7b72", "33": "#e3b341" };
const PLAIN = "#e6edf3";
const BARS = "▁▂▃▄▅▆▇█";
// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with ESC
const STYLED = /(?:\u001b\[([\d;]*)m)?([^\u001b]*)/g;

/** Browsers collapse plain blanks and then stretch the rest to the width of the text. */
const NO_BREAK_SPACE = "\u00a0";

/** The screen of a terminal as SVG: text stays text, bars are drawn; two colours and faint are supported. */
export function printSvg(lines: readonly string[], columns: number): string {
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = Math.ceil(lines.length * CELL_HEIGHT + 2 * MARGIN);
  const rows = lines.flatMap((line, at) => printLine(line, MARGIN + (at + 0.75) * CELL_HEIGHT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    "<title>gearman_top</title>",
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">',
    ...rows,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function printLine(line: string, y: number): string[] {
  const texts: string[] = [];
  let column = 0;
  let style = { colour: PLAIN, isDim: false };
  for (const [, codes, text = ""] of line.matchAll(STYLED)) {
    for (const code of codes === undefined ? [] : codes.split(";")) style = changed(style, code);
    for (const piece of text.split(/([▁-█]+)/)) {
      texts.push(...printPiece(piece, MARGIN + column * CELL_WIDTH, y, style));
      column += piece.length;
    }
  }
  return texts;
}

function printPiece(text: string, x: number, y: number, { colour, isDim }: Style): string[] {
  if (text.trim() === "") return [];
  if (BARS.includes(text.charAt(0))) {
    return [...text].map((bar, at) => {
      const height = ((BARS.indexOf(bar) + 1) / BARS.length) * (CELL_HEIGHT - 5);
      const place = `x="${(x + at * CELL_WIDTH).toFixed(1)}" y="${(y + 2 - height).toFixed(1)}"`;
      return `<rect ${place} width="${CELL_WIDTH}" height="${height.toFixed(1)}" fill="${colour}"/>`;
    });
  }
  const faint = isDim ? ' opacity="0.65"' : "";
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" textLength="${(text.length * CELL_WIDTH).toFixed(1)}"`;
  return [
    `<text ${place} fill="${colour}"${faint}>${escapeXml(text).replaceAll(" ", NO_BREAK_SPACE)}</text>`,
  ];
}

interface Style {
  readonly colour: string;
  readonly isDim: boolean;
}

function changed(style: Style, code: string): Style {
  if (code === "" || code === "0") return { colour: PLAIN, isDim: false };
  if (code === "2" || code === "22") return { ...style, isDim: code === "2" };
  if (code === "39") return { ...style, colour: PLAIN };
  return { ...style, colour: COLOURS[code] ?? style.colour };
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
