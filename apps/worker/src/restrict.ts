import { posix } from "node:path";
import { tokenize } from "@mod-gearman/runner";

const SHOWN_BYTES = 8;

/**
 * Checks a command line against `restrict_path`.
 *
 * @param paths allowed programs or folders of programs; none allows everything
 * @param forbidden bytes that may not occur anywhere in the line
 * @returns the output of the refused check, undefined when the command may run
 * Source: worker specification 4.2 (the checks and texts of the C worker; on top of it paths are normalised,
 * compared component by component, and commands that need a shell are refused).
 */
export function refuseCommand(
  commandLine: Buffer,
  paths: readonly string[],
  forbidden: Buffer,
): Buffer | undefined {
  if (paths.length === 0) return undefined;
  const refusal = (text: string) =>
    Buffer.concat([
      Buffer.from(`ERROR: ${text}: `),
      commandLine.subarray(0, SHOWN_BYTES),
      Buffer.from("..."),
    ]);
  if (commandLine[0] !== 0x2f) {
    return refusal("restricted paths in affect, but command does not start with an absolute path");
  }
  const plan = tokenize(commandLine);
  if (commandLine.some((byte) => forbidden.includes(byte)) || plan.kind === "shell") {
    return refusal("restricted paths in affect, but command contains forbidden character(s)");
  }
  const program = posix.normalize(plan.argv[0]?.toString("latin1") ?? "");
  if (paths.some((path) => isInside(program, Buffer.from(path).toString("latin1")))) return undefined;
  return refusal("command does not start with any of the restricted paths");
}

function isInside(program: string, path: string): boolean {
  const folder = posix.normalize(path).replace(/\/+$/, "");
  return program === folder || program.startsWith(`${folder}/`);
}
