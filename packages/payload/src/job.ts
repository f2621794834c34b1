import { type Micros, printMicros } from "./micros.ts";
import { TextBuilder } from "./text-builder.ts";

/** What ties a result to its job; in version 2 of the envelope only. Source: envelope-v2.md 7. */
export interface JobBinding {
  /** After it the job must not be started. */
  readonly deadline?: Micros | undefined;
  /** Comes back with the result; 1 to 64 characters of base64url. */
  readonly jobId?: string | Buffer | undefined;
}

/**
 * A host or service check. `coreTime`: its planned start. `timeoutSeconds`: integer. `nextCheck` adds a line `next_check`,
 * because of which C workers set `core_start_time`; the original jobs do not have it.
 */
export interface CheckJob extends JobBinding {
  readonly kind: "host" | "service";
  readonly resultQueue: Buffer;
  readonly targetQueue: Buffer;
  readonly hostName: Buffer;
  /** Absent for host checks. */
  readonly serviceDescription?: Buffer | undefined;
  readonly coreTime: Micros;
  readonly timeoutSeconds: number;
  readonly commandLine: Buffer;
  readonly nextCheck?: Micros | undefined;
  /** Adds a line that asks the worker for its own times. */
  readonly workerTimes?: boolean | undefined;
}

/** It has no result. */
export interface EventHandlerJob extends JobBinding {
  readonly kind: "eventhandler";
  readonly startTime: Micros;
  readonly coreTime: Micros;
  readonly commandLine: Buffer;
}

/**
 * A notification. `contact` is `GLOBAL` if the core names no contact. `hostName` and `serviceDescription` are additions:
 * upstream does not send them.
 */
export interface NotificationJob extends JobBinding {
  readonly kind: "notification";
  readonly startTime: Micros;
  readonly coreTime: Micros;
  readonly contact: Buffer;
  readonly commandLine: Buffer;
  readonly pluginOutput?: Buffer | undefined;
  readonly longPluginOutput?: Buffer | undefined;
  readonly hostName?: Buffer | undefined;
  readonly serviceDescription?: Buffer | undefined;
}

export type Job = CheckJob | EventHandlerJob | NotificationJob;

/**
 * The text of a job in a new buffer, byte for byte as the C module prints it. LF in a value becomes `\n`, NUL is
 * removed, a key with an empty value is omitted. Source: wire-format.md 5; neb-module.md 2.3.
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
        .line("job_id", job.jobId)
        .line("deadline", deadlineOf(job))
        .line("worker_times", job.workerTimes === true ? "1" : undefined)
        .line("command_line", job.commandLine)
        .finish();
    case "eventhandler":
      return text
        .line("start_time", printMicros(job.startTime))
        .line("core_time", printMicros(job.coreTime))
        .line("deadline", deadlineOf(job))
        .line("command_line", job.commandLine)
        .finish();
    case "notification":
      return text
        .line("start_time", printMicros(job.startTime))
        .line("core_time", printMicros(job.coreTime))
        .line("contact", job.contact)
        .line("host_name", job.hostName)
        .line("service_description", job.serviceDescription)
        .line("deadline", deadlineOf(job))
        .line("command_line", job.commandLine)
        .line("plugin_output", job.pluginOutput)
        .line("long_plugin_output", job.longPluginOutput)
        .finish();
  }
}

function deadlineOf({ deadline }: JobBinding): string | undefined {
  return deadline === undefined ? undefined : printMicros(deadline);
}
