const NAMED: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text on one line: control characters are printed as ` `, `\t` or `\x1b`. Texts quote peers, whose line feeds and
 * escape sequences must not forge or recolour lines.
 */
export function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => NAMED[c] ?? hex(c));
}

/** As {@link escapeControls}, of at most `maxLength` UTF-16 units of `text`; the omitted number is appended. */
export function oneLine(text: string, maxLength: number): string {
  if (text.length <= maxLength) return escapeControls(text);
  return `${escapeControls(text.slice(0, maxLength))} (+${text.length - maxLength} characters)`;
}

function hex(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
