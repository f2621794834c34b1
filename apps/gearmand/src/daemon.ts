import { spawn } from "node:child_process";

/** In the environment of the detached process. */
export const DAEMON_MARK = "MOD_GEARMAN_GEARMAND_DETACHED";

/** What the detached process reports to the one that started it: that it listens, or a line for its stderr. */
export type DaemonMessage = { readonly listening: true } | { readonly error: string };

const START_FAILED = 1;

/**
 * Starts this program again in a session of its own, without standard streams, and waits until it listens: unlike
 * gearmand, whose parent ends before that and cannot report that the port is taken (job-server.md 4 `--daemon`).
 *
 * @param command interpreter and its arguments, script, arguments of the program
 * @returns exit code for this process: 0, or that of the other one when it ended before it listened
 */
export function detach(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  printError: (text: string) => void,
): Promise<number> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    detached: true,
    env: { ...env, [DAEMON_MARK]: "1" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  return new Promise((resolve) => {
    child.once("error", (error) => {
      printError(`gearmand: ${error.message}`);
      resolve(START_FAILED);
    });
    child.once("close", (code) => resolve(code === null || code === 0 ? START_FAILED : code));
    child.on("message", (message: DaemonMessage) => {
      if ("error" in message) {
        printError(message.error);
        return;
      }
      child.disconnect();
      child.unref();
      resolve(0);
    });
  });
}
