import { type ChildProcess, spawn } from "node:child_process";

/** Set in the environment of the detached process, which removes it before any plugin could inherit it. */
export const DAEMON_MARK = "MOD_GEARMAN_WORKER_DETACHED";

/** From the detached process to its parent. */
export const READY = "ready";

const START_FAILED = 2;

/**
 * Starts this program again, detached and without standard streams, and waits for {@link READY}.
 *
 * @param command interpreter and its arguments, script, arguments of the program
 * @returns exit code for this process: 0, or 2 if the new process ended before it was ready
 * Source: worker.md 8.5.
 */
export function detach(command: readonly string[], env: Record<string, string | undefined>): Promise<number> {
  const [file = "", ...args] = command;
  const child: ChildProcess = spawn(file, args, {
    detached: true,
    env: { ...env, [DAEMON_MARK]: "1" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  return new Promise((resolve) => {
    child.once("error", () => resolve(START_FAILED));
    child.once("exit", () => resolve(START_FAILED));
    child.once("message", (message) => {
      child.disconnect();
      child.unref();
      resolve(message === READY ? 0 : START_FAILED);
    });
  });
}
