import { PayloadError } from "./errors.ts";
import { upToNul } from "./escape.ts";
import { parseInteger } from "./integer.ts";
import type { Job } from "./job.ts";
import { parseKeyValues } from "./key-values.ts";
import { type Micros, parseMicros } from "./micros.ts";

const TYPE_PREFIX = Buffer.from("type=", "latin1");
const kinds: readonly string[] = ["host", "service", "eventhandler", "notification"] satisfies Job["kind"][];

/**
 * A job as a worker reads it. Absent and empty keys are undefined. Buffers are views of the text. `hostName` and
 * `serviceDescription` are copied to the result; a result with a service description is a service result.
 */
export interface ParsedJob {
  /** The value of `type`, any bytes; `kind` has the same value if it is one of the four known ones, else `other`. */
  readonly type: Buffer;
  readonly kind: Job["kind"] | "other";
  /** Queue of the result; undefined: no result is sent. */
  readonly resultQueue?: Buffer;
  readonly targetQueue?: Buffer;
  readonly hostName?: Buffer;
  readonly serviceDescription?: Buffer;
  /** `core_time`, else `start_time`, which old modules sent in its place; absent if neither was sent. */
  readonly coreTime?: Micros;
  readonly startTime?: Micros;
  /** Whole seconds, at least 1; absent if the worker chooses. */
  readonly timeoutSeconds?: number;
  /** Never empty, trimmed. */
  readonly commandLine: Buffer;
  readonly contact?: Buffer;
  readonly pluginOutput?: Buffer;
  readonly longPluginOutput?: Buffer;
  /** For the result. In version 2 of the envelope only, as the next one. */
  readonly jobId?: Buffer;
  /** After it the job must not be started. */
  readonly deadline?: Micros;
  /** The result is to have the worker's own times. */
  readonly workerTimes?: true;
}

/**
 * Reads a job text. It must start with `type=`; other keys may come in any order, unknown ones are ignored, keys and values
 * are trimmed, bytes from the first NUL on are padding.
 *
 * @throws PayloadError NOT_A_JOB (no `type=` in front, as after decryption with a wrong key), NO_COMMAND
 * Source: worker.md 3.1–3.3, TS rules.
 */
export function parseJob(text: Buffer): ParsedJob {
  if (!text.subarray(0, TYPE_PREFIX.length).equals(TYPE_PREFIX)) throw new PayloadError("NOT_A_JOB");
  const values = parseKeyValues(upToNul(text), "never");
  const commandLine = filled(values, "command_line");
  if (commandLine === undefined) throw new PayloadError("NO_COMMAND");
  const type = values.get("type") ?? NOTHING;
  // one object is filled: for thousands of jobs a second, spreading ten parts costs more than all other work here
  const job: Mutable<ParsedJob> = { type, kind: kindOf(type), commandLine };
  for (const [key, name] of TEXTS) {
    const value = filled(values, key);
    if (value !== undefined) job[name] = value;
  }
  const startTime = timeOf(values, "start_time");
  const coreTime = timeOf(values, "core_time") ?? startTime;
  if (coreTime !== undefined) job.coreTime = coreTime;
  if (startTime !== undefined) job.startTime = startTime;
  const deadline = timeOf(values, "deadline");
  if (deadline !== undefined) job.deadline = deadline;
  if (filled(values, "worker_times")?.equals(YES) === true) job.workerTimes = true;
  const timeoutSeconds = parseInteger(values.get("timeout") ?? NOTHING);
  if (timeoutSeconds > 0) job.timeoutSeconds = timeoutSeconds;
  return job;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NOTHING = Buffer.alloc(0);
const YES = Buffer.from("1");
const TEXTS = [
  ["result_queue", "resultQueue"],
  ["target_queue", "targetQueue"],
  ["host_name", "hostName"],
  ["service_description", "serviceDescription"],
  ["contact", "contact"],
  ["plugin_output", "pluginOutput"],
  ["long_plugin_output", "longPluginOutput"],
  ["job_id", "jobId"],
] as const;

const LONGEST_KIND = Math.max(...kinds.map((kind) => kind.length));

function kindOf(type: Buffer): ParsedJob["kind"] {
  const name = type.toString("latin1", 0, LONGEST_KIND + 1);
  return kinds.includes(name) ? (name as Job["kind"]) : "other";
}

function filled(values: ReadonlyMap<string, Buffer>, key: string): Buffer | undefined {
  const value = values.get(key);
  return value === undefined || value.length === 0 ? undefined : value;
}

function timeOf(values: ReadonlyMap<string, Buffer>, key: string): Micros | undefined {
  const value = filled(values, key);
  return value === undefined ? undefined : parseMicros(value);
}
