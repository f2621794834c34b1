import { posix } from "node:path";

const MAX_CHARACTERS = 128;
const MAX_LINE_BYTES = 4096;
const INTERPRETERS = new Set(["python", "python2", "python3", "bash", "sh", "perl"]);
const NO_FILE_NAMES = new Set(["-c", "-w", "-u", "-m", "-x"]);
const ASSIGNMENT = /^[A-Za-z0-9_]+=(?:"[^"]*"|'[^']*'|[^\s"']*)\s+/;

/**
 * The `description` of the metrics of directly executed programs: the base name, for interpreters with the base
 * name of the script. At most 128 characters. Source: worker.md 8.3.
 */
export function describeArgv(argv: readonly Buffer[]): string {
  const [program, ...args] = argv.slice(0, 8).map((word) => word.subarray(0, MAX_LINE_BYTES).toString());
  return describeWords(program ?? "", args);
}

/** The same for a line for the shell, without leading assignments; `sh` if no program name is found. */
export function describeLine(line: Buffer): string {
  let rest = line.subarray(0, MAX_LINE_BYTES).toString().trimStart();
  for (let match = ASSIGNMENT.exec(rest); match !== null; match = ASSIGNMENT.exec(rest)) {
    rest = rest.slice(match[0].length);
  }
  const [program = "", ...args] = rest.split(/\s+/, 8);
  return describeWords(program, args) || "sh";
}

function describeWords(program: string, args: readonly string[]): string {
  const name = posix.basename(program);
  if (!INTERPRETERS.has(name)) return name.slice(0, MAX_CHARACTERS);
  const script = args.find((argument) => !NO_FILE_NAMES.has(argument));
  return script === undefined ? name : `${name} ${posix.basename(script)}`.slice(0, MAX_CHARACTERS);
}
