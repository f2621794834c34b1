import { spawn } from "node:child_process";

/** The call of the native addon, or why there is none. */
export type NotifyCall =
  | { serviceNotify(socket: string, text: string): string | undefined }
  | { readonly reason: string };

/** Starts `systemd-notify`. @param onFailed it cannot be started, or reports a failure */
export type NotifyTool = (socket: string, assignments: readonly string[], onFailed: () => void) => void;

/**
 * Sends to the service manager by the native addon, loaded with the first text, else by the program `systemd-notify`: that
 * is a child, so the unit needs `NotifyAccess=all`. Texts for which the socket has no room are dropped, the next one follows.
 *
 * @param load the addon
 */
export function serviceSender(
  load: () => NotifyCall,
  tool: NotifyTool = systemdNotify,
): (socket: string, text: string) => string | undefined {
  let call: NotifyCall | undefined;
  let failed = false;
  return (socket, text) => {
    call ??= load();
    if (!("reason" in call)) {
      const error = call.serviceNotify(socket, text);
      return error === undefined || error === "EAGAIN" ? undefined : `${socket}: ${error}`;
    }
    if (failed) return `no systemd-notify either: ${call.reason}`;
    tool(socket, text.split("\n"), () => {
      failed = true;
    });
    return `sent by systemd-notify, which needs NotifyAccess=all: ${call.reason}`;
  };
}

const systemdNotify: NotifyTool = (socket, assignments, onFailed) => {
  const child = spawn("systemd-notify", assignments, {
    env: { ...process.env, NOTIFY_SOCKET: socket },
    stdio: "ignore",
  });
  child.on("error", onFailed);
  child.on("exit", (code) => {
    if (code !== 0) onFailed();
  });
  child.unref();
};
