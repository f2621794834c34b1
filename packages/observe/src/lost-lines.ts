/** Text in place of lines that a sink had to drop. */
export function lostLines(count: number): string {
  return `(${count} log lines lost)`;
}
