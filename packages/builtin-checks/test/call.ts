import { type BuiltinCheck, runBuiltinCheck } from "../src/index.ts";

/** Splits at blanks; text in single or double quotes belongs to one word. */
function words(line: string): Buffer[] {
  const found = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return found.map((word) => Buffer.from(word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2")));
}

/** Calls a check with the arguments of a line; the output is trimmed, as the runner does. */
export async function call(
  name: Exclude<BuiltinCheck, "check_dummy">,
  args: string,
  { env = "", signal = new AbortController().signal } = {},
): Promise<readonly [returnCode: number, output: string]> {
  const assignments = words(env).map((word): [Buffer, Buffer] => {
    const at = word.indexOf("=");
    return [word.subarray(0, at), word.subarray(at + 1)];
  });
  const { returnCode, output } = await runBuiltinCheck(name, { args: words(args), env: assignments, signal });
  return [returnCode, output.toString().trim()];
}
