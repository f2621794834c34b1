const MAX_NAME_BYTES = 200;

/** Bytes of the core or of a peer for a log line: as UTF-8, what is none is shown as U+FFFD, cut at 200 bytes. */
export function shown(bytes: Buffer): string {
  return bytes.length <= MAX_NAME_BYTES
    ? bytes.toString("utf8")
    : `${bytes.toString("utf8", 0, MAX_NAME_BYTES)}…`;
}

/** At most `maxLength` UTF-16 units on one line: control characters become `\n` or `\x1b`, so that none forges a line. */
export function oneLine(text: string, maxLength: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.slice(0, maxLength).replace(/[\u0000-\u001f\u007f]/g, (character) => {
    if (character === "\n") return "\\n";
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
