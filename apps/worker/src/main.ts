import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { loadMessageCipher, loadSystemSettings } from "@mod-gearman/addon";
import { systemClock, withoutInspector } from "@mod-gearman/base";
import { nodeFiles, workerTable } from "@mod-gearman/config";
import { replaceAlike } from "@mod-gearman/enrolment";
import { createEpn } from "@mod-gearman/epn-client";
import { hasLogger } from "@mod-gearman/observe";
import {
  hideMemory,
  limitYoungGeneration,
  nameProcess,
  processService,
  refuseOldNode,
  secretOptions,
} from "@mod-gearman/program";
import { createRunner, exitAfter } from "@mod-gearman/runner";
import { nodeCgroupFiles } from "./cgroup-files.ts";
import { connectionFactories } from "./connections.ts";
import { DAEMON_MARK, detach, READY } from "./daemon.ts";
import { LogTarget } from "./log-target.ts";
import type { MetricsService } from "./metrics-server.ts";
import { takeOwnVariables } from "./own-variables.ts";
import { perlScripts } from "./perl-scripts.ts";
import { program } from "./program.ts";
import { resolveRunAs } from "./run-as.ts";
import { resultSpools } from "./spool-location.ts";
import { isWritableFolder, journalFolder } from "./state-folder.ts";
import { VERSION } from "./version.ts";
import { openWorkerJournal } from "./worker-journal.ts";
import type { WorkerSignal } from "./world.ts";

refuseOldNode(process, { prefix: "mod_gearman_worker: ", output: "stderr", exitCode: 2 });
nameProcess(process, { name: "mod_gearman_worker", secrets: secretOptions(workerTable) });

const SIGNALS: readonly WorkerSignal[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"];

/** Limit for the last steps, which wait for threads: one may hang in a file system or a name server. */
const EXIT_MS = 3000;
const YOUNG_BYTES = 4 * 1024 * 1024;
limitYoungGeneration(YOUNG_BYTES);

const env = takeOwnVariables(process.env); // plugins inherit the rest
const isDetached = env[DAEMON_MARK] !== undefined;
const service = processService(process, "mod_gearman_worker: ", loadSystemSettings);
const log = new LogTarget(process);
const { logger } = log;
const runner = createRunner({ logger });

let salvage: () => void = () => undefined;

/** Last resort for defects: logged, exit code 1 (worker.md 1.7). Its jobs run again on other workers. */
process.on("uncaughtException", (error) => {
  logger.error(`internal error: ${error.stack ?? error}`);
  void runner.abortAll("at once"); // the signals are sent before it returns
  salvage();
  exitAfter(EXIT_MS, 1);
  process.exit(1);
});
process.on("unhandledRejection", (error) => {
  logger.error(`internal error: ${error instanceof Error ? error.stack : error}`);
});
process.on("SIGPIPE", () => undefined);
const userId = process.getuid?.() ?? -1;
let metrics: MetricsService | undefined;

const code = await program({
  argv: process.argv.slice(2),
  files: { ...nodeFiles, userId: process.geteuid?.(), env },
  streams: process,
  log,
  runner,
  hideMemory: () => hideMemory(loadSystemSettings),
  messageCipher: loadMessageCipher,
  createEpn: (settings) => createEpn({ ...settings, logger }),
  perlScripts,
  version: VERSION,
  runtime: `node ${process.version}`,
  hostName: hostname(),
  pid: process.pid,
  hasLogger,
  userId,
  identity: (runAs) => resolveRunAs(runAs, userId),
  isDetached,
  detach: () =>
    detach([process.execPath, ...withoutInspector(process.execArgv), ...process.argv.slice(1)], env),
  ready: () => {
    if (isDetached) process.send?.(READY);
  },
  service,
  ...connectionFactories({ clock: systemClock, logger }),
  spools: resultSpools(logger, process.env.STATE_DIRECTORY),
  openJournal: (options) => {
    const stateDirectory = process.env.STATE_DIRECTORY;
    const folder = journalFolder(options, { stateDirectory, isWritableFolder });
    return openWorkerJournal(folder, { readProc, logger });
  },
  writeKeys: replaceAlike,
  cgroups: nodeCgroupFiles,
  healthFiles: {
    replace: (path, text) => {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    },
    remove: (path) => rmSync(path, { force: true }),
  },
  serveMetrics: async (address, figures) => {
    metrics ??= new (await import("./metrics-server.ts")).MetricsService(); // rarely needed, costs memory
    return metrics.serve(address, figures);
  },
  onCrash: (handler) => {
    salvage = handler;
  },
  clock: systemClock,
  machine: { cpus: availableParallelism(), readProc },
  nowMicros: () => BigInt(Date.now()) * 1000n,
  onSignal: (handler) => {
    for (const signal of SIGNALS) process.on(signal, handler);
    return () => {
      for (const signal of SIGNALS) process.removeListener(signal, handler);
    };
  },
});
exitAfter(EXIT_MS, code);
runner.close();
await log.close();
// closing sockets and streams of killed plugins must not delay the end
process.exit(code);

function readProc(name: string): string | undefined {
  try {
    return readFileSync(`/proc/${name}`, "latin1");
  } catch {
    return undefined;
  }
}
