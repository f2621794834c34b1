import { type Micros, printMicros } from "./micros.ts";
import { TextBuilder } from "./text-builder.ts";

/**
 * A host or service check. `coreTime`: when the core meant to start it. `timeoutSeconds`: integer. `nextCheck`
 * adds a line `next_check`, which cures the unset `core_start_time` of C workers; absent in the original jobs.
 */
export interface CheckJob {
  readonly kind: "host" | "service";
  readonly resultQueue: Buffer;
  readonly targetQueue: Buffer;
  readonly hostName: Buffer;
  /** Set for service checks, not for host checks. */
  readonly serviceDescription?: Buffer;
  readonly coreTime: Micros;
  readonly timeoutSeconds: number;
  readonly commandLine: Buffer;
  readonly nextCheck?: Micros;
}

/** An event handler run; nobody waits for a result. */
export interface EventHandlerJob {
  readonly kind: "eventhandler";
  readonly startTime: Micros;
  readonly coreTime: Micros;
  readonly commandLine: Buffer;
}

/**
 * A notification. `contact` is `GLOBAL` when the core names none. `hostName` and `serviceDescription` are ours:
 * upstream sends neither.
 */
export interface NotificationJob {
  readonly kind: "notification";
  readonly startTime: Micros;
  readonly coreTime: Micros;
  readonly contact: Buffer;
  readonly commandLine: Buffer;
  readonly pluginOutput?: Buffer;
  readonly longPluginOutput?: Buffer;
  readonly hostName?: Buffer;
  readonly serviceDescription?: Buffer;
}

/** What the module submits for a worker to run. */
export type Job = CheckJob | EventHandlerJob | NotificationJob;

/**
 * The text of a job, key by key in the order of the C module and byte-identical to it, in a new buffer. LF in a
 * value becomes `\n`, NUL is removed, an empty value is left out with its key.
 * Source: wire-format.md 5; neb-module.md 2.3.
 */
export function printJob(job: Job): Buffer {
  const text = new TextBuilder().line("type", job.kind);
  switch (job.kind) {
    case "host":
    case "service":
      return text
        .line("result_queue", job.resultQueue)
        .line("target_queue", job.targetQueue)
        .line("host_name", job.hostName)
        .line("service_description", job.serviceDescription)
        .line("core_time", printMicros(job.coreTime))
        .line("next_check", job.nextCheck === undefined ? undefined : printMicros(job.nextCheck))
        .line("timeout", Math.trunc(job.timeoutSeconds).toString())
        .line("command_line", job.commandLine)
        .finish();
    case "eventhandler":
      return text
        .line("start_time", printMicros(job.startTime))
        .line("core_time", printMicros(job.coreTime))
        .line("command_line", job.commandLine)
        .finish();
    case "notification":
      return text
        .line("start_time", printMicros(job.startTime))
        .line("core_time", printMicros(job.coreTime))
        .line("contact", job.contact)
        .line("host_name", job.hostName)
        .line("service_description", job.serviceDescription)
        .line("command_line", job.commandLine)
        .line("plugin_output", job.pluginOutput)
        .line("long_plugin_output", job.longPluginOutput)
        .finish();
  }
}
