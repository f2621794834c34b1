import type { EpnOrder } from "./epn.ts";

/** The server does not read longer lines. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const PROTOCOL = 2;

/**
 * The request for one plugin: canonical JSON of pure ASCII and a line feed; each character is one byte.
 *
 * @returns undefined if it is too long or a string contains a NUL byte, which no program can be given
 */
export function printRequest({ file, args, env, timeoutMs, maxOutputBytes }: EpnOrder): string | undefined {
  const names = new Map(env.map(([name, value]) => [name.toString("latin1"), value.toString("latin1")]));
  const text = JSON.stringify({
    args: args.map((word) => word.toString("latin1")),
    bin: file.path.toString("latin1"),
    clean: false, // the server was started with the environment that a program would inherit
    env: Object.fromEntries([...names].sort(([a], [b]) => (a < b ? -1 : 1))),
    keep: true,
    maxOutput: maxOutputBytes,
    protocol: PROTOCOL,
    timeout: timeoutMs / 1000,
  });
  const line = `${text.replace(/[\x7f-\xff]/g, escaped)}\n`;
  return line.length > MAX_LINE_BYTES || line.includes("\\u0000") ? undefined : line;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
