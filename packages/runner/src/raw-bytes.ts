/** The kernel accepts 128 KiB for one argument. */
const MAX_ARGUMENT_BYTES = 100_000;
/** Each byte in the notation of `printf %b`. */
const ESCAPED = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /^[A-Za-z0-9_./ -]$/.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`;
});

/** Names with values, added to the environment. */
export type EnvOverlay = readonly (readonly [Buffer, Buffer])[];

/**
 * Arguments of a shell, pure ASCII, that make it evaluate `line` with its exact bytes. Node passes arguments
 * as UTF-8 text and would re-encode other bytes, so they are passed as octal escapes; long ones in parts, as
 * escaping makes them longer than one argument may be.
 *
 * Source: worker.md 4.3 (b). `printf %b` and not `printf <format>`: dash expands escapes before it searches
 * for `%`.
 */
export function evalArguments(shell: string, line: Buffer): string[] {
  const parts: string[] = [];
  let part = "";
  for (const byte of line) {
    part += ESCAPED[byte];
    if (part.length < MAX_ARGUMENT_BYTES) continue;
    parts.push(part);
    part = "";
  }
  if (parts.length === 0) return ["-c", `eval "$(printf %b '${part}')"`];
  return ["-c", 'eval "set --; $(printf %b "$@")"', shell, ...parts, part];
}

/** `line` preceded by one `export` per variable. */
export function withExports(line: Buffer, env: EnvOverlay): Buffer {
  const exports = env.map(([name, value]) =>
    Buffer.from(`export ${name.toString("latin1")}=${quote(value)}; `, "latin1"),
  );
  return Buffer.concat([...exports, line]);
}

/** A shell line that replaces the shell with `argv`. */
export function execLine(argv: readonly Buffer[]): Buffer {
  return Buffer.from(["exec", ...argv.map(quote)].join(" "), "latin1");
}

function quote(word: Buffer): string {
  return `'${word.toString("latin1").replaceAll("'", "'\\''")}'`;
}
