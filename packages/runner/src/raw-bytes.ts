const SAFE = /^[A-Za-z0-9_./ -]$/;

/** Names with their values, laid over the environment. */
export type EnvOverlay = readonly (readonly [Buffer, Buffer])[];

/**
 * A shell line, pure ASCII, that evaluates `line` with its exact bytes. Node passes arguments as UTF-8 text
 * and would re-encode other bytes, so they travel as octal escapes.
 *
 * Source: worker specification 4.3 (b). `printf %b` and not `printf <format>`: dash expands escapes before
 * it looks for `%`.
 */
export function evalLine(line: Buffer): string {
  let text = "";
  for (const byte of line) {
    const character = String.fromCharCode(byte);
    text += SAFE.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`;
  }
  return `eval "$(printf %b '${text}')"`;
}

/** `line` behind one `export` per variable. */
export function withExports(line: Buffer, env: EnvOverlay): Buffer {
  const exports = env.map(([name, value]) =>
    Buffer.from(`export ${name.toString("latin1")}=${quote(value)}; `, "latin1"),
  );
  return Buffer.concat([...exports, line]);
}

/** A shell line that replaces the shell by `argv`. */
export function execLine(argv: readonly Buffer[]): Buffer {
  return Buffer.from(["exec", ...argv.map(quote)].join(" "), "latin1");
}

function quote(word: Buffer): string {
  return `'${word.toString("latin1").replaceAll("'", "'\\''")}'`;
}
