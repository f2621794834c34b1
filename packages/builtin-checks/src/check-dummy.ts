import type { BuiltinResult } from "./builtin-check.ts";
import { STATES } from "./states.ts";

const UNKNOWN = 3;
const PREFIXES = STATES.map((name) => Buffer.from(`${name}:`));
const WITH_TEXT = STATES.map((name) => Buffer.from(`${name}: `));
const HELP = `Gives the state it is asked for, with an optional text behind it.

Usage:
 check_dummy <integer state> [optional text]

Options:
 -h, --help
    Print this text
 -V, --version
    Print the version`;

/**
 * Source: worker.md 6.
 *
 * @param args without the program itself
 * @param version of the worker, for `--version`
 */
export function checkDummy(args: readonly Buffer[], version: string): BuiltinResult {
  const [state, text] = args;
  const returnCode = state?.length === 1 ? (state[0] ?? 0) - 0x30 : -1;
  if (returnCode >= 0 && returnCode <= UNKNOWN) {
    if (text === undefined) return { returnCode, output: PREFIXES[returnCode] ?? Buffer.alloc(0) };
    return { returnCode, output: Buffer.concat([WITH_TEXT[returnCode] ?? Buffer.alloc(0), text]) };
  }
  return { returnCode: UNKNOWN, output: unusual(state, version) };
}

function unusual(state: Buffer | undefined, version: string): Buffer {
  const versionLine = `check_dummy (internal mod-gearman-worker v${version})`;
  const word = state?.toString("latin1");
  if (state === undefined || word === "-h" || word === "--help")
    return Buffer.from(`${versionLine}\n${HELP}`);
  if (word === "-v" || word === "-V" || word === "--version") return Buffer.from(versionLine);
  return Buffer.concat([
    Buffer.from("UNKNOWN: Status "),
    state,
    Buffer.from(" is not a supported error state"),
  ]);
}
