/**
 * The command line of `testcmd`: the first word unchanged, every other argument in double quotes with `"`, `\`, `$` and
 * backtick escaped. Source: worker.md 1.1.
 */
export function testCommandLine(words: readonly string[]): Buffer {
  const [program = "", ...rest] = words;
  return Buffer.from([program, ...rest.map((word) => `"${word.replace(/["\\$`]/g, "\\$&")}"`)].join(" "));
}
