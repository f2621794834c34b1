const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 19;
const MARGIN = 16;
const COLOURS: Record<string, string> = { "31": "#ff7b72", "33": "#e3b341" };
const PLAIN = "#e6edf3";
// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with ESC
const STYLED = /(?:\u001b\[([\d;]*)m)?([^\u001b]*)/g;

/** A terminal's screen as SVG: text stays text, two colours and faint are known. */
export function printSvg(lines: readonly string[], columns: number): string {
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = Math.ceil(lines.length * CELL_HEIGHT + 2 * MARGIN);
  const rows = lines.flatMap((line, at) => printLine(line, MARGIN + (at + 0.75) * CELL_HEIGHT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    "<title>gearman_top</title>",
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">',
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
    const start = column;
    column += text.length;
    if (text.trim() === "") continue;
    const x = (MARGIN + start * CELL_WIDTH).toFixed(1);
    const length = (text.length * CELL_WIDTH).toFixed(1);
    const faint = style.isDim ? ' opacity="0.65"' : "";
    texts.push(
      `<text x="${x}" y="${y.toFixed(1)}" textLength="${length}" fill="${style.colour}"${faint}>${escapeXml(text)}</text>`,
    );
  }
  return texts;
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
