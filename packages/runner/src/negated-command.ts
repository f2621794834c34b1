import { type Negate, readNegate } from "@mod-gearman/builtin-checks";
import { type CommandPlan, tokenize } from "./tokenize.ts";

export interface Negated {
  readonly negate: Negate;
  /** Line for the shell if `plan` needs one. */
  readonly commandLine: Buffer;
  readonly plan: CommandPlan;
}

const NOTHING = Buffer.alloc(0);

/**
 * The command behind a `negate`; a single word is split again.
 *
 * @param args of `negate`, without the program itself
 * @returns undefined if the real program has to run
 */
export function unwrapNegate(args: readonly Buffer[]): Negated | undefined {
  const command = readNegate(args);
  if (command === undefined) return undefined;
  const { negate, argv } = command;
  const [only] = argv;
  if (argv.length > 1 || only === undefined)
    return { negate, commandLine: NOTHING, plan: { kind: "exec", env: [], argv } };
  return { negate, commandLine: only, plan: tokenize(only) };
}
