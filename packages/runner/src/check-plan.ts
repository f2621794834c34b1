import {
  BUILTIN_DESCRIPTIONS,
  type BuiltinCheck,
  builtinCheckOf,
  type EnabledChecks,
  isNegate,
  type Negate,
} from "@mod-gearman/builtin-checks";
import type { PerlFile } from "@mod-gearman/epn-client";
import type { CheckRequest } from "./check-outcome.ts";
import { describeArgv, describeLine } from "./describe-command.ts";
import { type Negated, unwrapNegate } from "./negated-command.ts";
import type { RunRequest } from "./outcome.ts";
import type { CommandPlan } from "./tokenize.ts";

/** A check and how it is run, `negate` removed: the request for the runner if it is run as a program. */
export interface PlannedCheck extends RunRequest {
  readonly plan: CommandPlan;
  /** Arguments of the program; empty for the shell. */
  readonly args: readonly Buffer[];
  /** Environment assignments before the command. */
  readonly prefixes: readonly (readonly [Buffer, Buffer])[];
  readonly negate?: Negate;
  /** The built-in check that runs instead of the program. */
  readonly builtin?: BuiltinCheck;
  /** Present if embedded Perl is to run it. */
  readonly perl?: PerlFile;
  readonly description: string;
}

/** Alternatives to running a program. */
export interface EnabledHandlers extends EnabledChecks {
  readonly findPerl?: ((program: Buffer) => PerlFile | undefined) | undefined;
}

const NO_ARGS: PlannedCheck["args"] = [];
const NO_PREFIXES: PlannedCheck["prefixes"] = [];

/**
 * Decides how to run a tokenised command: embedded Perl, `negate`, built-in check, or as a program. With limits or another
 * user every command is run as a program; `negate` still maps its result. Source: worker.md 4.1, 6, 7.1, D29.
 */
export function planCheck(request: CheckRequest, plan: CommandPlan, enabled: EnabledHandlers): PlannedCheck {
  const { commandLine, timeoutMs, env, maxOutputBytes, limits, restrictTo } = request;
  const directOnly = restrictTo !== undefined && restrictTo.paths.length > 0;
  const base = { commandLine, plan, timeoutMs, env, maxOutputBytes, directOnly, limits };
  const [program, ...args] = plan.kind === "exec" ? plan.argv : [];
  if (plan.kind === "shell" || program === undefined) {
    return { ...base, args: NO_ARGS, prefixes: NO_PREFIXES, description: describeLine(commandLine) };
  }
  const prefixes = plan.env;
  const perl = limits === undefined ? enabled.findPerl?.(program) : undefined;
  if (perl !== undefined) return { ...base, args, prefixes, perl, description: describeArgv(plan.argv) };
  if (enabled.negate && isNegate(program)) {
    const negated = unwrapNegate(args);
    if (negated !== undefined) return planNegated(request, negated, prefixes, enabled);
  }
  // a built-in check would run with this process's user, files and limits (D29)
  const builtin = limits === undefined ? builtinCheckOf(program, enabled) : undefined;
  if (builtin === undefined) return { ...base, args, prefixes, description: describeArgv(plan.argv) };
  return { ...base, args, prefixes, builtin, description: BUILTIN_DESCRIPTIONS[builtin] };
}

/** Decides how the command after a `negate` is run. */
function planNegated(
  request: CheckRequest,
  { negate, plan, commandLine }: Negated,
  prefixes: PlannedCheck["prefixes"],
  enabled: EnabledHandlers,
): PlannedCheck {
  const timeoutMs = negate.timeoutMs > 0 ? negate.timeoutMs : request.timeoutMs;
  const inner = plan.kind === "exec" ? { ...plan, env: prefixes } : plan;
  // a nested negate is run as the real program
  const planned = planCheck({ ...request, commandLine, timeoutMs }, inner, { ...enabled, negate: false });
  if (plan.kind === "exec" || prefixes.length === 0) return { ...planned, negate };
  // the shell does not get the assignments: they become part of the environment
  const variables = prefixes.map(([name, value]) => [name.toString("latin1"), value] as const);
  return { ...planned, negate, env: { ...request.env, ...Object.fromEntries(variables) } };
}
