import { constants } from "node:os";
import type { Result } from "./reply.ts";

const { SIGSEGV, SIGABRT, SIGBUS, SIGILL } = constants.signals;

/** Texts in the log or in a result that indicate a damaged interpreter. Source: worker.md 7.4. */
const DAMAGE = [
  "Attempt to free nonexistent shared string",
  ", Perl interpreter: ",
  "**ePN: invalid request:",
  "/mod_gearman_worker_epn.pl line ",
  "Fatal glibc error:",
];
const CRASHES = new Set([SIGSEGV, SIGABRT, SIGBUS, SIGILL]);
/** Part of Perl's messages about errors in a source text. */
const HAS_LINE_NUMBER = / line \d+/;

export type Assessment =
  | { readonly kind: "result" }
  /** The plugin did not run or may have run wrongly because of the server. */
  | { readonly kind: "unusable"; readonly reason: string; readonly damage: boolean };

const COUNTS: Assessment = { kind: "result" };

/**
 * Distinguishes the result of a plugin from effects of embedding. Source: worker.md 7.3 to 7.5; for errors of the plugin
 * itself decision 37.
 */
export function assess({ end, error }: Result): Assessment {
  if (error !== undefined) {
    const text = end.stdout.toString("latin1", 0, 200).trimEnd();
    if (isPluginError(error, end.stdout)) return COUNTS;
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
 * Errors of the plugin itself, with the texts of worker.md 7.3. Without a line number Perl has found no error: the plugin
 * ended in a BEGIN block, took too long, or cannot be embedded.
 */
function isPluginError(error: string, text: Buffer): boolean {
  return error === "open" || (error === "compile" && HAS_LINE_NUMBER.test(text.toString("latin1")));
}

/** The text in a log line or output that indicates a damaged interpreter. */
export function findDamage(text: string | Buffer): string | undefined {
  return text.length === 0 ? undefined : DAMAGE.find((sign) => text.includes(sign));
}
