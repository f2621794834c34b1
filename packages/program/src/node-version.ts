import type { Writable } from "node:stream";

/** The part of a process that {@link refuseOldNode} needs. */
export interface NodeHost {
  readonly versions: { readonly node: string };
  readonly stdout: Writable;
  readonly stderr: Writable;
  exit(code: number): void;
}

/** How a program reports that it cannot start. */
export interface StartFailure {
  /** Start of the line, with the name of the program. */
  readonly prefix: string;
  readonly output: "stdout" | "stderr";
  readonly exitCode: number;
}

const MAJOR = 22;
const MINOR = 13;

/**
 * Ends a program started by a Node.js that is too old with one line, in place of the stack trace of the first missing
 * function. Call it before any such function.
 */
export function refuseOldNode(host: NodeHost, { prefix, output, exitCode }: StartFailure): void {
  const { node } = host.versions;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return;
  host[output].write(`${prefix}needs Node.js ${MAJOR}.${MINOR} or newer, this is ${node}\n`);
  host.exit(exitCode);
}
