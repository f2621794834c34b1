import { readFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./paths.ts";

/** Commands of one block of a guide, to be run by a shell as `user`. */
export interface Step {
  /** Word behind `sh` at the start of the block: `root`, or the owner of a site. */
  readonly user: string;
  readonly script: string;
  /** Of the block in the file, 1…, for messages. */
  readonly line: number;
}

const FENCE = /^( *)```sh (\w+)$/;

/**
 * The steps below one heading of second level, in order: blocks of code that begin with ```` ```sh USER ````.
 *
 * @throws Error if there is no such heading or no step below it
 */
export function stepsOf(guide: string, heading: string): Step[] {
  const lines = readFileSync(join(root, "docs/migration", guide), "utf8").split("\n");
  const from = lines.indexOf(`## ${heading}`);
  if (from < 0) throw new Error(`${guide} has no heading ${heading}`);
  const after = lines.findIndex((line, at) => at > from && line.startsWith("## "));
  const end = after < 0 ? lines.length : after;
  const steps: Step[] = [];
  for (let at = from; at < end; at++) {
    const [, indent = "", user] = FENCE.exec(lines[at] ?? "") ?? [];
    if (user === undefined) continue;
    const close = lines.indexOf(`${indent}\`\`\``, at);
    const script = lines.slice(at + 1, close).map((line) => line.slice(indent.length));
    steps.push({ user, script: script.join("\n"), line: at + 1 });
    at = close;
  }
  if (steps.length === 0) throw new Error(`${guide} has no steps below ${heading}`);
  return steps;
}
