import { realpathSync } from "node:fs";
import { posix } from "node:path";
import { unwrapNegate } from "./negated-command.ts";
import type { CommandPlan } from "./tokenize.ts";

/** `restrict_path` with `restrict_command_characters`. */
export interface PathRestriction {
  /** Allowed programs and folders of programs. Empty: everything is allowed. */
  readonly paths: readonly string[];
  /** Bytes that must not occur in a command line. */
  readonly forbiddenCharacters: Buffer;
}

const SLASH = 0x2f;
const SHOWN_BYTES = 8;
/** Depth of nested `negate`. Each level scans all arguments behind it. */
const MAX_NEGATES = 8;
const NOT_ABSOLUTE = "restricted paths in affect, but command does not start with an absolute path";
const FORBIDDEN = "restricted paths in affect, but command contains forbidden character(s)";
const ELSEWHERE = "command does not start with any of the restricted paths";

/**
 * Checks a command line against a restriction: it starts with an absolute path, has no forbidden character,
 * needs no shell, and both the program's path as written (`.`, `..` and `//` resolved) and its real path (symbolic
 * links resolved) lie inside an allowed path, compared component by component. The same holds for a command
 * behind `…/negate`, whether or not the internal negate is on; not behind more than eight of them.
 *
 * Limits: a user who may write to an allowed folder, or to a folder on the path to it, can replace the program between this
 * check and its start, so these folders must belong to a trusted user. Programs that start other programs (`env`, `sudo`,
 * shells, interpreters) must not lie in an allowed folder, because their arguments are not examined.
 *
 * @param plan `tokenize(commandLine)`
 * @returns the output of the refused check; undefined if the command may run
 * Source: worker.md 4.2.
 */
export function refuseCommand(
  commandLine: Buffer,
  plan: CommandPlan,
  restriction: PathRestriction,
): Buffer | undefined {
  if (restriction.paths.length === 0) return undefined;
  const reason = findReason(commandLine, plan, restriction);
  if (reason === undefined) return undefined;
  const shown = commandLine.subarray(0, SHOWN_BYTES);
  return Buffer.concat([Buffer.from(`ERROR: ${reason}: `), shown, Buffer.from("...")]);
}

function findReason(
  commandLine: Buffer,
  plan: CommandPlan,
  { paths, forbiddenCharacters }: PathRestriction,
): string | undefined {
  if (commandLine[0] !== SLASH) return NOT_ABSOLUTE;
  if (forbiddenCharacters.some((byte) => commandLine.includes(byte))) return FORBIDDEN;
  const allowed = paths.map((path) => new AllowedPath(path));
  let step = plan;
  for (let negates = 0; negates <= MAX_NEGATES; negates++) {
    if (step.kind === "shell") return FORBIDDEN;
    const [program, ...args] = step.argv;
    if (program === undefined || program[0] !== SLASH) return NOT_ABSOLUTE;
    if (!isAllowed(program, allowed)) return ELSEWHERE;
    if (!program.toString("latin1").endsWith("/negate")) return undefined;
    const wrapped = unwrapNegate(args);
    // the real negate may accept options that we do not know and start a program that was not checked
    if (wrapped === undefined) return ELSEWHERE;
    step = wrapped.plan;
  }
  return ELSEWHERE;
}

function isAllowed(program: Buffer, allowed: readonly AllowedPath[]): boolean {
  const written = posix.normalize(program.toString("latin1"));
  if (!allowed.some((path) => path.holds(written))) return false;
  const real = realPath(program);
  // a program without a real path cannot be started; the start reports it
  return real === undefined || allowed.some((path) => path.holdsReal(real));
}

class AllowedPath {
  readonly #written: string;
  readonly #real: string | undefined;

  constructor(path: string) {
    const bytes = Buffer.from(path);
    this.#written = withoutTrailingSlash(posix.normalize(bytes.toString("latin1")));
    this.#real = realPath(bytes);
  }

  holds(program: string): boolean {
    return isInside(program, this.#written) || this.holdsReal(program);
  }

  holdsReal(program: string): boolean {
    return this.#real !== undefined && isInside(program, this.#real);
  }
}

/** @returns the path with one character per byte, undefined if it does not lead to a file */
function realPath(path: Buffer): string | undefined {
  try {
    const real = realpathSync.native(path, { encoding: "buffer" });
    return withoutTrailingSlash(real.toString("latin1"));
  } catch {
    return undefined;
  }
}

function withoutTrailingSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function isInside(program: string, folder: string): boolean {
  return program === folder || program.startsWith(`${folder}/`);
}
