/** A range in the syntax of the monitoring plugins. */
export interface Threshold {
  /** As given, for performance data. */
  readonly text: string;
  readonly lower: number;
  readonly upper: number;
  /** True: values outside raise the alarm; false (`@`): values inside. */
  readonly outside: boolean;
}

export class ThresholdError extends Error {
  override readonly name: string = "ThresholdError";
  readonly code = "BAD_THRESHOLD";
}

const NUMBER = "-?\\d+(?:\\.\\d+)?";
const SYNTAX = new RegExp(`^(?:(${NUMBER})|(${NUMBER}):|~:(${NUMBER})|(@?)(${NUMBER}):(${NUMBER}))$`);

/**
 * Reads `10`, `10:`, `~:10`, `5:10` or `@5:10`.
 *
 * @returns undefined for an empty text
 * @throws ThresholdError
 * Source: `check_x: Threshold.go`.
 */
export function parseThreshold(given: string): Threshold | undefined {
  const text = given.trim();
  if (text === "") return undefined;
  const match = SYNTAX.exec(text);
  if (match === null) throw new ThresholdError(`This threshold syntax is not supported: ${text}`);
  const [, upTo, from, below, at, low, high] = match;
  if (upTo !== undefined) return { text, lower: 0, upper: Number(upTo), outside: true };
  if (from !== undefined)
    return { text, lower: Number(from), upper: Number.POSITIVE_INFINITY, outside: true };
  if (below !== undefined)
    return { text, lower: Number.NEGATIVE_INFINITY, upper: Number(below), outside: true };
  const range = { text, lower: Number(low), upper: Number(high), outside: at !== "@" };
  if (range.lower > range.upper) throw new ThresholdError("First argument is bigger then second");
  return range;
}

/** State 0–2 of a value. */
export function evaluate(value: number, warning?: Threshold, critical?: Threshold): number {
  if (critical !== undefined && alarms(value, critical)) return 2;
  return warning !== undefined && alarms(value, warning) ? 1 : 0;
}

function alarms(value: number, { lower, upper, outside }: Threshold): boolean {
  // written so that NaN is neither inside nor outside a range
  return outside ? value < lower || value > upper : value >= lower && value <= upper;
}
