import { printDuration } from "../model/duration.ts";

const NONE = "–";

/** `4 s`, `2 min 5 s`; a dash for null. */
export function duration(seconds: number | null): string {
  return seconds === null ? NONE : printDuration(seconds);
}

/** `7`, `1,204`, `0.3`; a dash for null. */
export function number(value: number | null, digits = 0): string {
  if (value === null) return NONE;
  return value.toLocaleString("en", { maximumFractionDigits: value >= 10 ? 0 : digits });
}

/** `12 ms`, `1.5 s`. */
export function milliseconds(ms: number): string {
  if (Math.abs(ms) < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} s`;
}

/** `512 B`, `1.5 KiB`. */
export function bytes(value: number | null): string {
  if (value === null) return NONE;
  const units = ["B", "KiB", "MiB", "GiB"];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size.toLocaleString("en", { maximumFractionDigits: unit === 0 ? 0 : 1 })} ${units[unit]}`;
}
