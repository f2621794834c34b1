import type { Finding } from "../judge.ts";
import { type CommandPlan, tokenize } from "../tokenize.ts";
import { FlagError, type FlagSet, parseFlags } from "./flags.ts";
import { STATES, stateNumber } from "./states.ts";

/** What a `negate` in front of a command asks for. */
export interface Negate {
  /** Replaces the timeout of the job; 0: the job's own one counts. */
  readonly timeoutMs: number;
  /** State of a run that hits the timeout, instead of `timeout_return`. */
  readonly timeoutResult?: number;
  /** New state by old state; undefined keeps it. */
  readonly mapping: readonly (number | undefined)[];
  /** Put the new state's name in the place of the old one's in the output. */
  readonly substitute: boolean;
}

/** A command taken out of its `negate`. */
export interface Wrapped {
  readonly negate: Negate;
  /** What the shell gets, when `plan` needs one. */
  readonly commandLine: Buffer;
  readonly plan: CommandPlan;
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

/**
 * Reads the arguments of `negate`. The command begins at the first argument with a leading slash; when it is
 * one argument only, that is split again.
 *
 * @param args without the program itself
 * @returns undefined when there is no such command or an option is not understood: the real program decides
 * Source: worker.md 6.
 */
export function unwrapNegate(args: readonly Buffer[]): Wrapped | undefined {
  const at = args.findIndex((argument) => argument[0] === SLASH);
  if (at < 0) return undefined;
  const negate = parseNegate(args.slice(0, at));
  if (negate === undefined) return undefined;
  const argv = args.slice(at);
  const [only] = argv;
  if (argv.length > 1 || only === undefined) {
    return { negate, commandLine: Buffer.alloc(0), plan: { kind: "exec", env: [], argv } };
  }
  return { negate, commandLine: only, plan: tokenize(only) };
}

function parseNegate(options: readonly Buffer[]): Negate | undefined {
  try {
    const { values, rest } = parseFlags(options, FLAGS, ALIASES);
    if (rest.length > 0) return undefined;
    const states = ["ok", "warning", "critical", "unknown"].map((name) => asState(values.get(name)));
    const timeoutResult = asState(values.get("timeout-result"));
    const seconds = Number(values.get("timeout") ?? DEFAULT_TIMEOUT_SECONDS);
    return {
      timeoutMs: Math.max(0, seconds) * 1000,
      ...(timeoutResult === undefined ? {} : { timeoutResult }),
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
export function applyNegate(finding: Finding, { mapping, substitute }: Negate): Finding {
  const returnCode = mapping[finding.returnCode];
  if (returnCode === undefined) return finding;
  const from = STATES[finding.returnCode] ?? "";
  const at = substitute ? finding.output.indexOf(from) : -1;
  if (at < 0) return { ...finding, returnCode };
  const output = Buffer.concat([
    finding.output.subarray(0, at),
    Buffer.from(STATES[returnCode] ?? ""),
    finding.output.subarray(at + from.length),
  ]);
  return { ...finding, returnCode, output };
}
