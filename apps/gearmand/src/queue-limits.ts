import type { GearmandOptions } from "@mod-gearman/config";
import type { OverflowPolicy, QueueLimitRule } from "@mod-gearman/server";

type LimitKey = "queueLimitCount" | "queueLimitBytes" | "queueLimitAge" | "queueLimitPolicy";
type LimitOptions = { readonly [K in LimitKey]: Readonly<GearmandOptions[K]> };
type Limit = Omit<QueueLimitRule, "functions">;

const POLICIES: readonly string[] = ["reject", "drop-oldest", "drop-newest"] satisfies OverflowPolicy[];
const DIGITS = /^\d{1,15}$/;

/** How the values of one option become rules. @throws BadLimit */
const READERS: readonly (readonly [keyof LimitOptions, option: string, read: (value: string) => Limit])[] = [
  ["queueLimitCount", "queue-limit-count", (value) => ({ count: numberOf(value) })],
  ["queueLimitBytes", "queue-limit-bytes", (value) => ({ bytes: numberOf(value) })],
  ["queueLimitAge", "queue-limit-age", (value) => ({ ageSeconds: numberOf(value) })],
  ["queueLimitPolicy", "queue-limit-policy", (value) => ({ policy: policyOf(value) })],
];

/**
 * The rules of the options `--queue-limit-*`. A value is `[FUNCTION[*]=]LIMIT`, split at its last `=`; without a function it
 * is for all. Names are their UTF-8 bytes.
 *
 * @returns a text for the user if a value cannot be read
 */
export function queueLimitRules(
  options: LimitOptions,
): readonly QueueLimitRule[] | { readonly problem: string } {
  const rules: QueueLimitRule[] = [];
  for (const [key, option, read] of READERS) {
    for (const text of options[key]) {
      const at = text.lastIndexOf("=");
      const functions = at === -1 ? "*" : Buffer.from(text.slice(0, at)).toString("latin1");
      try {
        rules.push({ functions, ...read(text.slice(at + 1)) });
      } catch (error) {
        if (!(error instanceof BadLimit)) throw error;
        return { problem: `--${option}: ${error.message}` };
      }
    }
  }
  return rules;
}

class BadLimit extends Error {
  override readonly name: string = "BadLimit";
}

function numberOf(value: string): number {
  if (DIGITS.test(value)) return Number(value);
  throw new BadLimit("[FUNCTION=]NUMBER is needed");
}

function policyOf(value: string): OverflowPolicy {
  if (POLICIES.includes(value)) return value as OverflowPolicy;
  throw new BadLimit("[FUNCTION=]reject, drop-oldest or drop-newest is needed");
}
