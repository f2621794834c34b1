const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/**
 * The last `width` values as bars, right-aligned; 0 and less is the lowest bar, the largest shown value the highest.
 */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const top = shown.reduce((highest, value) => Math.max(highest, value), 0);
  const bars = shown.map((value) => {
    const level = top === 0 || value <= 0 ? 0 : Math.ceil((value / top) * (BARS.length - 1));
    return BARS[level] ?? "";
  });
  return bars.join("").padStart(width);
}
