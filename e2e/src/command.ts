import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Runs a tool to its end.
 *
 * @returns its stdout, trimmed
 * @throws Error with the end of its stderr when it exits with another code than 0
 */
export async function command(
  file: string,
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<string> {
  try {
    const { stdout } = await run(file, args, { ...options, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout.trim();
  } catch (cause) {
    const stderr = String((cause as { stderr?: string }).stderr ?? cause);
    throw new Error(`${file} ${args.join(" ")}: ${stderr.slice(-4000)}`, { cause });
  }
}
