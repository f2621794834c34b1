import { omitUndefined } from "@mod-gearman/base";
import type { GearmandOptions } from "@mod-gearman/config";
import type { JobServerOptions } from "@mod-gearman/server";
import type { Log } from "./log.ts";
import { connectionsFor } from "./open-files.ts";
import { queueLimitRules } from "./queue-limits.ts";
import { keepAliveOptions } from "./system-limits.ts";
import { tlsOf } from "./tls-files.ts";
import type { World } from "./world.ts";

/** Options of the server for those of the program. */
export function serverOptions(
  options: GearmandOptions,
  log: Pick<Log, "logger" | "jobLogger">,
  world: World,
): JobServerOptions {
  const queueLimits = queueLimitRules(options);
  return {
    version: world.version,
    listen: options.listen,
    port: options.port,
    backlog: options.backlog,
    bindTimeoutMs: options.bindTimeoutSeconds * 1000,
    ...omitUndefined({
      maxConnections: lower(
        options.maxConnections,
        connectionsFor(options.fileDescriptors, world.openFilesLimit),
      ),
      handlePrefix: options.jobHandlePrefix,
      tls: tlsOf(options, world),
    }),
    ...keepAliveOptions(options, () => world.systemCalls()),
    maxPacketBytes: options.maxPacketBytes,
    maxOutputBytes: options.maxOutputBytes,
    queueLimits: "problem" in queueLimits ? [] : queueLimits,
    maxQueuedBytes: options.maxQueuedBytes,
    stallSeconds: options.stallSeconds,
    heldSeconds: options.heldSeconds,
    maxFunctions: options.maxFunctions,
    maxFunctionsPerConnection: options.maxFunctionsPerConnection,
    forgetFunctionsMs: options.forgetFunctionsSeconds * 1000,
    compat: options.compat,
    roundRobin: options.roundRobin,
    jobRetries: options.jobRetries,
    workerWakeup: options.workerWakeup,
    exceptions: options.exceptions,
    verbose: options.verbose,
    pid: world.pid,
    releaseMemory: () => world.collectGarbage(),
    logger: log.logger,
    jobLogger: log.jobLogger,
  };
}

function lower(wanted: number | undefined, possible: number | undefined): number | undefined {
  if (wanted === undefined || possible === undefined) return wanted ?? possible;
  return Math.min(wanted, possible);
}
