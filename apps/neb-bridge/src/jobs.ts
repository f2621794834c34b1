import { omitUndefined } from "@mod-gearman/base";
import { randomUnique } from "@mod-gearman/client";
import type { ModuleOptions } from "@mod-gearman/config";
import {
  type ExportEvent,
  type Job,
  type JobBinding,
  perfdataJobs,
  printExport,
  printJob,
  uniqueKey,
} from "@mod-gearman/payload";

import type { CoreEvent } from "./link/core-link.ts";
import { type Message, nebCallback } from "./link/fields.ts";
import { objectKey } from "./object-key.ts";

const FORCE_EXECUTION = 1; // CHECK_OPTION_FORCE_EXECUTION, neb-module.md
const MAX_QUEUE_NAME_BYTES = 511; // wire-format.md 5.2
const NOTIFICATION_QUEUE = Buffer.from("notification");

type Priority = "high" | "normal" | "low";

/** The job of an event, its workload not yet sealed. */
export interface PlainJob {
  readonly queue: Buffer;
  /** Never empty: random where the original leaves it to libgearman. The same for each submission of the job. */
  readonly unique: Buffer;
  readonly priority: Priority;
  readonly text: Buffer;
  /** To be sealed in version 2; its text has the lines for that. */
  readonly isSealed?: true | undefined;
  /** That its text has, if it is the sealed job of a check. */
  readonly jobId?: string | undefined;
}

/** As the bridge makes it. */
type OwnBinding = JobBinding & { readonly jobId?: string | undefined };

/** What makes the bindings of jobs. */
export interface JobBinder {
  bind(queue: Buffer, timeoutSeconds: number, key?: string): OwnBinding | undefined;
}

/** The event cannot be turned into a job; the text is for the log of the core. */
export class UnusableEvent extends Error {
  override readonly name: string = "UnusableEvent";
  readonly code = "QUEUE_NAME_TOO_LONG";
}

/** An event for which the core expects a result. */
export type CheckEvent = Extract<CoreEvent, { name: "SERVICE_CHECK" | "HOST_CHECK" }>;

/** An event that is not run but read by other programs. It may arrive twice, and none must be missing. */
export type RecordEvent = Extract<CoreEvent, { name: "PERFDATA" | "EXPORT" }>;

/** An event without a result: it must run once, and only the answer of the job server shows whether it did. */
export type OnceEvent = Exclude<CoreEvent, CheckEvent | RecordEvent>;

export function isCheck(event: CoreEvent): event is CheckEvent {
  return event.name === "SERVICE_CHECK" || event.name === "HOST_CHECK";
}

/** Whether this is a record for other programs, not something to run. */
export function isRecord(event: CoreEvent): event is RecordEvent {
  return event.name === "PERFDATA" || event.name === "EXPORT";
}

function checkJob(event: CheckEvent, options: ModuleOptions, binding: JobBinding | undefined): Job {
  return {
    kind: event.name === "HOST_CHECK" ? "host" : "service",
    resultQueue: options.resultQueue,
    targetQueue: event.queue,
    hostName: event.host_name,
    serviceDescription: event.name === "SERVICE_CHECK" ? event.service_description : undefined,
    coreTime: event.core_time,
    timeoutSeconds: event.timeout,
    commandLine: event.command_line,
    nextCheck: options.nextCheckLine ? event.core_time : undefined,
    workerTimes: options.workerTimes,
    ...binding,
  };
}

/**
 * Unique key of the check of an object (wire-format.md 5.2), latin1.
 *
 * @param key see {@link objectKey}
 */
export function objectUnique(key: string, isTaken: (unique: string, key: string) => boolean): string {
  const classic = uniqueKey(Buffer.from(key.replace("\0", "-"), "latin1"));
  // `a-b`+`c` and `a`+`b-c` have the same hash; the second of two outstanding jobs would silently be merged into the
  // first.
  return isTaken(classic, key) ? uniqueKey(Buffer.from(key, "latin1")) : classic;
}

function keyOf(event: CheckEvent | OnceEvent): string {
  return objectKey(event.host_name, "service_description" in event ? event.service_description : undefined);
}

function priorityOf(event: CheckEvent): Priority {
  if (event.name === "HOST_CHECK") return "normal";
  return (event.check_options & FORCE_EXECUTION) !== 0 ? "high" : "low";
}

function onceJob(event: OnceEvent, binder: JobBinder | undefined): PlainJob {
  const unique = randomUnique();
  const queue = event.name === "EVENT_HANDLER" ? event.queue : NOTIFICATION_QUEUE;
  const binding = binder?.bind(queue, 0);
  const isSealed = binding === undefined ? undefined : true;
  if (event.name === "EVENT_HANDLER") {
    const text = printJob({
      kind: "eventhandler",
      startTime: event.core_time,
      coreTime: event.core_time,
      commandLine: event.command_line,
      ...binding,
    });
    return { queue, unique, priority: "normal", text, isSealed };
  }
  const text = printJob({
    kind: "notification",
    startTime: event.start_time,
    coreTime: event.core_time,
    contact: event.contact,
    hostName: event.host_name,
    serviceDescription: event.service_description,
    commandLine: event.command_line,
    pluginOutput: event.output,
    longPluginOutput: event.long_output,
    ...binding,
  });
  return { queue, unique, priority: "high", text, isSealed };
}

/**
 * The job of an event: queue, unique key, priority and text of wire-format.md 5.
 *
 * @param isTaken true if the outstanding job of another object has this unique key
 * @param key of the object of a check, see {@link objectKey}
 * @param binder absent: all jobs are in the legacy form
 * @throws UnusableEvent
 */
export function plainJobOf(
  event: CheckEvent | OnceEvent,
  options: ModuleOptions,
  isTaken: (unique: string, key: string) => boolean,
  key: string = keyOf(event),
  binder?: JobBinder,
): PlainJob {
  if ("queue" in event && event.queue.length > MAX_QUEUE_NAME_BYTES) {
    throw new UnusableEvent(`queue name too long: '${event.queue.toString("utf8", 0, 64)}…'`);
  }
  if (!isCheck(event)) return onceJob(event, binder);
  const binding = binder?.bind(event.queue, event.timeout, key);
  return {
    queue: event.queue,
    unique: options.useUniqJobs ? Buffer.from(objectUnique(key, isTaken), "latin1") : randomUnique(),
    priority: priorityOf(event),
    text: printJob(checkJob(event, options, binding)),
    isSealed: binding === undefined ? undefined : true,
    jobId: binding?.jobId,
  };
}

function perfdataPlainJobs(event: Message<"PERFDATA">, options: ModuleOptions): PlainJob[] {
  const { host_name: hostName, service_description: serviceDescription, text } = event;
  const record = { hostName, text, ...omitUndefined({ serviceDescription }) };
  const rules = { queues: options.perfdata, mode: options.perfdataMode === 1 ? 1 : 2 } as const;
  return perfdataJobs(record, rules).map(({ queue, unique }) => ({
    queue,
    unique: unique === undefined ? randomUnique() : Buffer.from(unique, "latin1"),
    priority: "normal",
    text,
  }));
}

/** @returns undefined for a callback whose events have no text */
function exportEventOf(event: Message<"EXPORT">): ExportEvent | undefined {
  const { neb_type: type, neb_flags: flags, neb_attr: attr, timestamp } = event;
  const common = { type, flags, attr, timestamp };
  switch (event.neb_callback) {
    case nebCallback.process:
      return { callback: "NEBCALLBACK_PROCESS_DATA", ...common };
    case nebCallback.timedEvent: {
      const { event_type: eventType = 0, recurring = 0, run_time: runTime = 0n } = event;
      return {
        callback: "NEBCALLBACK_TIMED_EVENT_DATA",
        ...common,
        eventType,
        recurring,
        runTime: Number(runTime),
      };
    }
    case nebCallback.log: {
      const { entry_time: entryTime = 0n, data_type: dataType = 0, data = Buffer.alloc(0) } = event;
      return { callback: "NEBCALLBACK_LOG_DATA", ...common, entryTime: Number(entryTime), dataType, data };
    }
    default:
      return undefined;
  }
}

function exportPlainJobs(event: Message<"EXPORT">, options: ModuleOptions): PlainJob[] {
  const exported = exportEventOf(event);
  if (exported === undefined) return [];
  const text = printExport(exported);
  return options.exports
    .filter(({ callbacks }) => callbacks.includes(event.neb_callback))
    .map(({ queue }) => ({ queue, unique: randomUnique(), priority: "normal", text }));
}

/** The jobs of a record, one for each queue that it goes to (wire-format.md 7 and 8). */
export function recordJobsOf(event: RecordEvent, options: ModuleOptions): PlainJob[] {
  return event.name === "PERFDATA" ? perfdataPlainJobs(event, options) : exportPlainJobs(event, options);
}
