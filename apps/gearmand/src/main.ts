import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadSystemSettings } from "@mod-gearman/addon";
import { startTimer, withoutInspector } from "@mod-gearman/base";
import { gearmandTable, nodeFiles } from "@mod-gearman/config";
import { createJobStore } from "@mod-gearman/job-store";
import { hasLogger } from "@mod-gearman/observe";
import {
  limitYoungGeneration,
  nameProcess,
  processService,
  refuseOldNode,
  secretOptions,
} from "@mod-gearman/program";
import { createJobServer } from "@mod-gearman/server";
import { ALLOCATOR } from "./allocator.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { DAEMON_MARK, type DaemonMessage, detach } from "./daemon.ts";
import { toSyslog } from "./log.ts";
import { openFilesLimit } from "./open-files.ts";
import { run } from "./run.ts";
import { becomeUser } from "./user.ts";
import { VERSION } from "./version.ts";
import type { Wish } from "./world.ts";

refuseOldNode(process, { prefix: "gearmand: ", output: "stderr", exitCode: 1 });
nameProcess(process, { name: "gearmand", secrets: secretOptions(gearmandTable) });

const WISHES: readonly (readonly [NodeJS.Signals, Wish])[] = [
  ["SIGTERM", "stop"],
  ["SIGINT", "stop"],
  ["SIGUSR1", "drain"],
  ["SIGHUP", "reopen"],
];

const LONG_MS = 0x7fff_ffff;
/** Less would cost processor time: most jobs live until the next collection. */
const YOUNG_BYTES = 16 * 1024 * 1024;
/** Not at once, as that would be a tenth of the start. */
const LIMIT_AFTER_MS = 100;
startTimer(() => limitYoungGeneration(YOUNG_BYTES), LIMIT_AFTER_MS);

const isDetached = process.env[DAEMON_MARK] !== undefined;
delete process.env[DAEMON_MARK];
const deliveries: Promise<void>[] = [];

/** The parent waits in `detach`. */
function tellParent(message: DaemonMessage): void {
  const delivery = Promise.withResolvers<void>();
  deliveries.push(delivery.promise);
  if (process.send === undefined) delivery.resolve();
  else process.send(message, undefined, undefined, () => delivery.resolve());
}

function printError(line: string): void {
  if (isDetached) tellParent({ error: line });
  else process.stderr.write(`${line}\n`);
}

/** Last resort for defects; errors caused by packets close their connection only. */
function onDefect(error: unknown): void {
  process.stderr.write(`gearmand: internal error: ${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
}
process.on("uncaughtException", onDefect);
process.on("unhandledRejection", onDefect);
process.on("SIGPIPE", () => undefined);

function limits(): string | undefined {
  try {
    return readFileSync("/proc/self/limits", "latin1");
  } catch {
    return undefined;
  }
}

let addonCalls: ReturnType<typeof loadSystemSettings> | undefined;

function systemCalls(): ReturnType<typeof loadSystemSettings> {
  addonCalls ??= loadSystemSettings();
  return addonCalls;
}

const service = processService(process, "gearmand: ", systemCalls);

// A draining server without sockets and peers has nothing else that keeps the process running.
setInterval(() => undefined, LONG_MS);

const code = await run({
  argv: process.argv.slice(2),
  files: { ...nodeFiles, env: process.env },
  print: (text) => process.stdout.write(text),
  wallMs: () => Date.now(),
  printError,
  stderr: process.stderr,
  openSyslog: toSyslog,
  version: VERSION,
  pid: process.pid,
  cwd: process.cwd(),
  get openFilesLimit() {
    return openFilesLimit(limits());
  },
  systemCalls,
  service,
  hasLogger,
  becomeUser: (user) =>
    becomeUser(user, {
      userId: process.geteuid?.() ?? -1,
      run: (file, args) =>
        execFileSync(file, args, { encoding: "latin1", stdio: ["ignore", "pipe", "ignore"] }),
      setGroups: (groups) => process.setgroups?.([...groups]),
      setGroup: (group) => process.setgid?.(group),
      setUser: (user) => process.setuid?.(user),
    }),
  detach: () =>
    detach(
      [process.execPath, ...withoutInspector(process.execArgv), ...process.argv.slice(1)],
      { ...ALLOCATOR, ...process.env },
      printError,
    ),
  isDetached,
  listening: () => {
    if (isDetached) tellParent({ listening: true });
  },
  onWish: (handler) => {
    for (const [signal, wish] of WISHES) process.on(signal, () => handler(wish));
  },
  collectGarbage,
  createJobServer,
  createJobStore,
});
await Promise.all(deliveries);
// sockets that linger must not delay the end
process.exit(code);
