import type { CheckRequest } from "./check-outcome.ts";
import { describeArgv, describeLine } from "./describe-command.ts";
import type { PerlFile } from "./epn/perl-files.ts";
import {
  fileNameOf,
  INTERNAL_DESCRIPTIONS,
  type InternalCheck,
  type InternalChecks,
  internalCheckOf,
} from "./internal/internal-check.ts";
import { type Negate, unwrapNegate, type Wrapped } from "./internal/negate.ts";
import type { CommandPlan } from "./tokenize.ts";

/** How a check is going to be run, `negate` taken off. */
export interface PlannedCheck {
  /** What the shell gets, when `plan` needs one. */
  readonly commandLine: Buffer;
  readonly plan: CommandPlan;
  readonly timeoutMs: number;
  /** Arguments of the program; empty for the shell. */
  readonly args: readonly Buffer[];
  /** Assignments in front of the command. */
  readonly prefixes: readonly (readonly [Buffer, Buffer])[];
  /** Environment of the job in place of the request's, when prefixes have to be part of it. */
  readonly env?: CheckRequest["env"] & {};
  readonly negate?: Negate;
  /** Which internal check runs instead of the program. */
  readonly internal?: InternalCheck;
  /** The program, when the embedded Perl interpreter is to run it. */
  readonly perl?: PerlFile;
  readonly description: string;
}

/** What is not run by its program. */
export interface EnabledWays extends InternalChecks {
  /** Says which programs the embedded Perl interpreter runs. */
  readonly findPerl?: ((program: Buffer) => PerlFile | undefined) | undefined;
}

/**
 * Decides how to run a tokenised command: embedded Perl, `negate`, internal, or as a program. With limits or another
 * user every command is run as a program; `negate` still maps its result. Source: worker.md 4.1, 6, 7.1, D29.
 */
export function planCheck(request: CheckRequest, plan: CommandPlan, enabled: EnabledWays): PlannedCheck {
  const { commandLine, timeoutMs } = request;
  const [program, ...args] = plan.kind === "exec" ? plan.argv : [];
  if (plan.kind === "shell" || program === undefined) {
    return { commandLine, plan, timeoutMs, args: [], prefixes: [], description: describeLine(commandLine) };
  }
  const isLimited = request.limits !== undefined;
  const perl = isLimited ? undefined : enabled.findPerl?.(program);
  if (perl !== undefined) {
    const description = describeArgv(plan.argv);
    return { commandLine, plan, timeoutMs, args, prefixes: plan.env, perl, description };
  }
  if (enabled.negate && fileNameOf(program) === "negate") {
    const wrapped = unwrapNegate(args);
    if (wrapped !== undefined) return planWrapped(request, wrapped, plan.env, enabled);
  }
  // a check in this process would have this process's user, files and limits (D29)
  const internal = isLimited ? undefined : internalCheckOf(program, enabled);
  const base = { commandLine, plan, timeoutMs, args, prefixes: plan.env };
  if (internal === undefined) return { ...base, description: describeArgv(plan.argv) };
  return { ...base, internal, description: INTERNAL_DESCRIPTIONS[internal] };
}

/** The command behind a `negate` decides again how it is run. */
function planWrapped(
  request: CheckRequest,
  { negate, plan, commandLine }: Wrapped,
  prefixes: PlannedCheck["prefixes"],
  enabled: EnabledWays,
): PlannedCheck {
  const timeoutMs = negate.timeoutMs > 0 ? negate.timeoutMs : request.timeoutMs;
  const inner = plan.kind === "exec" ? { ...plan, env: prefixes } : plan;
  // a negate inside a negate is left to the real program
  const planned = planCheck({ ...request, commandLine, timeoutMs }, inner, { ...enabled, negate: false });
  if (plan.kind === "exec" || prefixes.length === 0) return { ...planned, negate };
  const variables = prefixes.map(([name, value]) => [name.toString("latin1"), value] as const);
  return { ...planned, negate, env: { ...request.env, ...Object.fromEntries(variables) } };
}
