/**
 * The command line that `testcmd` runs: the first word as it is, every other argument in double quotes with
 * `"`, `\`, `$` and backtick escaped. Source: worker.md 1.1.
 */
export function testCommandLine(words: readonly string[]): Buffer {
  const [program = "", ...rest] = words;
  return Buffer.from([program, ...rest.map((word) => `"${word.replace(/["\\$`]/g, "\\$&")}"`)].join(" "));
}
