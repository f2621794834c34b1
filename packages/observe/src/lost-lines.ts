/** What stands in for lines that a sink had to drop. */
export function lostLines(count: number): string {
  return `(${count} log lines lost)`;
}
