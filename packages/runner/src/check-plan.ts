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
  /** The built-in check that runs instead of the program. */
  readonly builtin?: BuiltinCheck;
  /** The program, when the embedded Perl interpreter is to run it. */
  readonly perl?: PerlFile;
  readonly description: string;
}

/** What is not run by its program. */
export interface EnabledWays extends EnabledChecks {
  /** Says which programs the embedded Perl interpreter runs. */
  readonly findPerl?: ((program: Buffer) => PerlFile | undefined) | undefined;
}

/**
 * Decides how to run a tokenised command: embedded Perl, `negate`, built-in check, or as a program. With limits or another
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
  if (enabled.negate && isNegate(program)) {
    const negated = unwrapNegate(args);
    if (negated !== undefined) return planNegated(request, negated, plan.env, enabled);
  }
  // a check in this process would have this process's user, files and limits (D29)
  const builtin = isLimited ? undefined : builtinCheckOf(program, enabled);
  const base = { commandLine, plan, timeoutMs, args, prefixes: plan.env };
  if (builtin === undefined) return { ...base, description: describeArgv(plan.argv) };
  return { ...base, builtin, description: BUILTIN_DESCRIPTIONS[builtin] };
}

/** The command behind a `negate` decides again how it is run. */
function planNegated(
  request: CheckRequest,
  { negate, plan, commandLine }: Negated,
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
