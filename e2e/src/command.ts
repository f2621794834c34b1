import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

const TIMEOUT_MS = 120_000;

/** How a tool ended. */
export interface Ended {
  /** -1: it did not exit by itself. */
  readonly code: number;
  /** Both streams, trimmed. */
  readonly output: string;
}

/** Runs a tool that may fail, for at most `timeoutMs` (default two minutes), then kills it. */
export function attempt(
  file: string,
  args: readonly string[],
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<Ended> {
  const options = { timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: MAX_OUTPUT_BYTES } as const;
  return new Promise((resolve) => {
    const child = execFile(file, args, options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: `${stdout}${stderr}`.trim() }),
    );
  });
}

/**
 * Runs a tool for at most `timeoutMs` (default two minutes), then kills it.
 *
 * @returns its stdout, trimmed
 * @throws Error with the end of its stderr if it exits with another code than 0 or takes too long
 */
export async function command(
  file: string,
  args: readonly string[],
  options: { timeoutMs?: number } = {},
): Promise<string> {
  try {
    const timeout = options.timeoutMs ?? TIMEOUT_MS;
    const { stdout } = await run(file, args, { timeout, killSignal: "SIGKILL", maxBuffer: MAX_OUTPUT_BYTES });
    return stdout.trim();
  } catch (cause) {
    const { killed, stderr } = cause as { killed?: boolean; stderr?: string };
    const why = killed === true ? "took too long" : (stderr ?? String(cause)).slice(-4000);
    throw new Error(`${file} ${args.join(" ")}: ${why}`, { cause });
  }
}
