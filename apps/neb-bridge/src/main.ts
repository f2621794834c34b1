import { hostname } from "node:os";
import { loadMessageCipher, loadSystemSettings } from "@mod-gearman/addon";
import { systemClock } from "@mod-gearman/base";

import { moduleTable, nodeFiles } from "@mod-gearman/config";
import { hasLogger, streamSink } from "@mod-gearman/observe";
import { hideMemory, nameProcess, processService, refuseOldNode, secretOptions } from "@mod-gearman/program";

import manifest from "../package.json" with { type: "json" };
import type { BridgeFigures } from "./bridge-figures.ts";
import type { BridgeMetrics } from "./bridge-metrics.ts";
import { logFileProblem } from "./log-file-check.ts";
import { run } from "./run.ts";

refuseOldNode(process, { prefix: "mod_gearman_bridge: ", output: "stderr", exitCode: 2 });
nameProcess(process, { name: "mod_gearman_bridge", secrets: secretOptions(moduleTable) });

process.umask(0o077); // the socket and a log file may contain names of hosts and commands
// The module that reads it may have ended, which must not end the bridge.
process.stderr.on("error", () => undefined);
const ownLog = streamSink(process.stderr);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** An unexpected error: log it and exit; the shim starts another bridge within seconds and nothing is lost. */
function onUnexpected(error: unknown): void {
  ownLog.write(
    `mod_gearman_bridge: unexpected error: ${error instanceof Error ? error.stack : String(error)}`,
  );
  process.exit(1);
}
process.on("uncaughtException", onUnexpected);
process.on("unhandledRejection", onUnexpected);
process.on("SIGPIPE", () => undefined);

const service = processService(process, "mod_gearman_bridge: ", loadSystemSettings);
let metrics: BridgeMetrics | undefined;
async function metricsOf(figures: () => BridgeFigures): Promise<BridgeMetrics> {
  const { BridgeMetrics } = await import("./bridge-metrics.ts"); // rarely needed, costs memory
  metrics ??= new BridgeMetrics(figures);
  return metrics;
}

process.exitCode = await run({
  argv: process.argv.slice(2),
  files: { ...nodeFiles, userId: process.geteuid?.(), env: process.env },
  clock: systemClock,
  nowMicros: () => BigInt(Date.now()) * 1000n,
  nowMs: Date.now,
  print: (text) => process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
  ownLog,
  outputLog: streamSink(process.stdout),
  hostName: hostname(),
  pid: process.pid,
  version: manifest.version,
  workingFolder: process.cwd(),
  hasLogger,
  logFileProblem,
  isAlive,
  service,
  messageCipher: loadMessageCipher,
  hideMemory: () => hideMemory(loadSystemSettings),
  serveMetrics: async (address, figures) => (await metricsOf(figures)).serve(address),
  serveAdmin: async (address, source) => {
    const { print } = await metricsOf(source.figures);
    return (await import("./admin-pages.ts")).serveAdminPages(address, source, print);
  },
  onSignal: (handler) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => handler("stop"));
    process.on("SIGHUP", () => handler("reopen"));
    process.on("SIGUSR1", () => handler("dump"));
  },
});
process.exit();
