import { chmodSync, mkdtempSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { linesOf } from "./files.ts";

/** Plugins that exist for the worker only; the container of the core cannot access them. */
export interface PluginFolder {
  readonly folder: string;
  /** Exit code of `state.sh`, read at each run. */
  setState(code: number): void;
  readonly statePlugin: string;
  readonly hostPlugin: string;
  /** Prints a text unique to each run. */
  readonly uniquePlugin: string;
  readonly handler: string;
  handled(): string[];
  waitHandled(text: string, timeoutMs?: number): Promise<void>;
  /** Writes a line with its arguments, separated by `|`, and the variables set by a worker. */
  readonly notifier: string;
  waitNotified(text: string, timeoutMs?: number): Promise<void>;
  remove(): void;
}

function script(path: string, lines: readonly string[]): string {
  writeFileSync(path, `#!/bin/sh\n${lines.join("\n")}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Writes the plugins into a new folder. */
export function createPlugins(): PluginFolder {
  const folder = mkdtempSync(join(tmpdir(), "e2e-plugins-"));
  const stateFile = join(folder, "state");
  const handledFile = join(folder, "handled.log");
  const handled = (): string[] => linesOf(handledFile);
  const notifiedFile = join(folder, "notified.log");
  const waitFor = (what: string, file: string, text: string, timeoutMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const watcher = watch(folder, look);
      const timer = setTimeout(() => {
        watcher.close();
        reject(new Error(`${what} did not run with: ${text}; seen: ${linesOf(file).join("\n")}`));
      }, timeoutMs);
      function look(): void {
        if (!linesOf(file).some((line) => line.includes(text))) return;
        watcher.close();
        clearTimeout(timer);
        resolve();
      }
      look();
    });
  writeFileSync(stateFile, "0");
  return {
    folder,
    setState: (code) => writeFileSync(stateFile, String(code)),
    statePlugin: script(join(folder, "state.sh"), [
      `code=$(cat ${stateFile})`,
      'echo "plugin ran for $1 with code $code|value=$code"',
      'echo "second line"',
      "exit $code",
    ]),
    hostPlugin: script(join(folder, "host.sh"), ['echo "host $1 is there"']),
    uniquePlugin: script(join(folder, "unique.sh"), ['echo "run $(date +%s%N)-$$ of $1"']),
    handler: script(join(folder, "handler.sh"), [`echo "$1 $2 $3" >> ${handledFile}`]),
    handled,
    waitHandled: (text, timeoutMs = 60_000) => waitFor("event handler", handledFile, text, timeoutMs),
    notifier: script(join(folder, "notify.sh"), [
      `line="env $NAGIOS_SERVICEOUTPUT $NAGIOS_HOSTOUTPUT"`,
      `for word; do line="$line|$word"; done`,
      `echo "$line" >> ${notifiedFile}`,
    ]),
    waitNotified: (text, timeoutMs = 60_000) => waitFor("notification", notifiedFile, text, timeoutMs),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
