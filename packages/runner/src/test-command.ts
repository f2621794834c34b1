import type { CheckRequest } from "./check-outcome.ts";
import type { CheckRunner } from "./check-runner.ts";

/**
 * `testcmd`: runs one command like a job without type and prints the text of its result, with real line feeds and one at
 * the end.
 *
 * @returns the exit code, 0–3
 * Source: worker.md 1.1.
 */
export async function runTestCommand(
  checks: CheckRunner,
  request: Omit<CheckRequest, "type">,
  write: (bytes: Buffer) => void,
): Promise<number> {
  const { shortage, aborted, problem, returnCode, output } = await checks.check({ ...request, type: "" });
  const notRun = shortage || aborted;
  const text = notRun ? Buffer.from(`UNKNOWN: not run: ${problem ?? "stopped"}`) : output;
  write(Buffer.concat([text, Buffer.from("\n")]));
  return returnCode;
}
