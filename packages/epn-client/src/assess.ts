import { constants } from "node:os";
import type { Result } from "./reply.ts";

const { SIGSEGV, SIGABRT, SIGBUS, SIGILL } = constants.signals;

/** Texts in the log or in a result by which one tells that an interpreter is damaged. Source: worker.md 7.4. */
const DAMAGE = [
  "Attempt to free nonexistent shared string",
  ", Perl interpreter: ",
  "**ePN: invalid request:",
  "/mod_gearman_worker_epn.pl line ",
  "Fatal glibc error:",
];
const CRASHES = new Set([SIGSEGV, SIGABRT, SIGBUS, SIGILL]);
/** Perl's own words for an error in a source text. */
const NAMES_A_LINE = / line \d+/;

/** Whether a result counts, and if not why. */
export type Assessment =
  | { readonly kind: "result" }
  /** The plugin did not run or may have run wrongly because of the server. */
  | { readonly kind: "unusable"; readonly reason: string; readonly damage: boolean };

const COUNTS: Assessment = { kind: "result" };

/**
 * Tells a plugin's result from what only happened because it was embedded. Source: worker.md 7.3 to 7.5; what
 * is a plugin's own error is decision 37.
 */
export function assess({ end, error }: Result): Assessment {
  if (error !== undefined) {
    const text = end.stdout.toString("latin1", 0, 200).trimEnd();
    if (isOfThePlugin(error, end.stdout)) return COUNTS;
    return { kind: "unusable", reason: `${error}: ${text}`, damage: false };
  }
  if (end.signal !== undefined && CRASHES.has(end.signal)) {
    return { kind: "unusable", reason: `crashed with signal ${end.signal}`, damage: false };
  }
  const damage = findDamage(end.stdout) ?? findDamage(end.stderr);
  return damage === undefined
    ? COUNTS
    : { kind: "unusable", reason: `its output has "${damage}"`, damage: true };
}

/**
 * What the plugin itself has to answer for, with the texts of worker.md 7.3. Where Perl names no line it has found no
 * error: the plugin ended in a BEGIN block, took too long, or is something that cannot be embedded.
 */
function isOfThePlugin(error: string, text: Buffer): boolean {
  return error === "open" || (error === "compile" && NAMES_A_LINE.test(text.toString("latin1")));
}

/** The text in a line of the log or an output that tells of a damaged interpreter. */
export function findDamage(text: string | Buffer): string | undefined {
  return text.length === 0 ? undefined : DAMAGE.find((sign) => text.includes(sign));
}
