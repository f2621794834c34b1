import { fileNameOf } from "./builtin-check.ts";
import { FlagError, type FlagSet, parseFlags } from "./flags.ts";
import { STATES, stateNumber } from "./states.ts";

/** Settings of a `negate` before a command. */
export interface Negate {
  /** Replaces the timeout of the job; 0 keeps that. */
  readonly timeoutMs: number;
  /** State of a run that hits the timeout, instead of `timeout_return`. */
  readonly timeoutResult: number | undefined;
  /** New state by old state; undefined keeps it. */
  readonly mapping: readonly (number | undefined)[];
  /** Replace the old state's name in the output by that of the new one. */
  readonly substitute: boolean;
}

export interface NegatedCommand {
  readonly negate: Negate;
  /** Not empty; a single word is a whole command line. */
  readonly argv: readonly Buffer[];
}

const SLASH = 0x2f;
const DEFAULT_TIMEOUT_SECONDS = 11;
const CRITICAL = 2;
const FLAGS: FlagSet = {
  timeout: "integer",
  "timeout-result": "text",
  ok: "text",
  warning: "text",
  critical: "text",
  unknown: "text",
  substitute: "switch",
};
const ALIASES: Readonly<Record<string, string>> = {
  t: "timeout",
  T: "timeout-result",
  o: "ok",
  w: "warning",
  c: "critical",
  u: "unknown",
  s: "substitute",
};

/** True for a program whose path ends in `/negate`. */
export function isNegate(program: Buffer): boolean {
  return fileNameOf(program) === "negate";
}

/**
 * Parses the arguments of `negate`. The command starts at the first argument with a leading slash.
 *
 * @param args without the program itself
 * @returns undefined if there is no such command or an option is unknown: the real program has to run then
 * Source: worker.md 6.
 */
export function readNegate(args: readonly Buffer[]): NegatedCommand | undefined {
  const at = args.findIndex((argument) => argument[0] === SLASH);
  if (at < 0) return undefined;
  const negate = parseNegate(args.slice(0, at));
  return negate === undefined ? undefined : { negate, argv: args.slice(at) };
}

function parseNegate(options: readonly Buffer[]): Negate | undefined {
  try {
    const { values, rest } = parseFlags(options, FLAGS, ALIASES);
    if (rest.length > 0) return undefined;
    const states = ["ok", "warning", "critical", "unknown"].map((name) => asState(values.get(name)));
    const seconds = Number(values.get("timeout") ?? DEFAULT_TIMEOUT_SECONDS);
    return {
      timeoutMs: Math.max(0, seconds) * 1000,
      timeoutResult: asState(values.get("timeout-result")),
      mapping: states.every((state) => state === undefined) ? [CRITICAL, undefined, 0] : states,
      substitute: values.get("substitute") === "true",
    };
  } catch (error) {
    if (error instanceof FlagError) return undefined;
    throw error;
  }
}

/** @throws FlagError INVALID_VALUE */
function asState(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const state = stateNumber(text);
  if (state === undefined) throw new FlagError("INVALID_VALUE", `no state: ${text}`);
  return state;
}

/** Changes state and text of a command that ended by itself. Source: worker.md 6, D16. */
export function applyNegate<R extends { readonly returnCode: number; readonly output: Buffer }>(
  result: R,
  { mapping, substitute }: Negate,
): R {
  const returnCode = mapping[result.returnCode];
  if (returnCode === undefined) return result;
  const from = STATES[result.returnCode] ?? "";
  const at = substitute ? result.output.indexOf(from) : -1;
  if (at < 0) return { ...result, returnCode };
  const output = Buffer.concat([
    result.output.subarray(0, at),
    Buffer.from(STATES[returnCode] ?? ""),
    result.output.subarray(at + from.length),
  ]);
  return { ...result, returnCode, output };
}
