import { PayloadError } from "./errors.ts";
import { upToNul } from "./escape.ts";
import { parseInteger } from "./integer.ts";
import type { Job } from "./job.ts";
import { parseKeyValues } from "./key-values.ts";
import { type Micros, parseMicros } from "./micros.ts";
import { optional } from "./optional-field.ts";

const TYPE_PREFIX = Buffer.from("type=", "latin1");
const kinds: readonly string[] = ["host", "service", "eventhandler", "notification"] satisfies Job["kind"][];

/**
 * A job as a worker reads it. Absent and empty keys are both left out. Buffers are views of the text. `hostName`
 * and `serviceDescription` go back in the result; a result with a service description is a service result.
 */
export interface ParsedJob {
  /** The value of `type`, any bytes; `kind` is the same for the four known values, else `other`. */
  readonly type: Buffer;
  readonly kind: Job["kind"] | "other";
  /** Where the result goes; without it nobody wants one. */
  readonly resultQueue?: Buffer;
  readonly targetQueue?: Buffer;
  readonly hostName?: Buffer;
  readonly serviceDescription?: Buffer;
  /** `core_time`, else `start_time`, which old modules sent in its place; absent when neither was sent. */
  readonly coreTime?: Micros;
  readonly startTime?: Micros;
  /** Whole seconds, at least 1; absent when the job leaves the choice to the worker. */
  readonly timeoutSeconds?: number;
  /** Never empty, no white space at the ends. */
  readonly commandLine: Buffer;
  readonly contact?: Buffer;
  readonly pluginOutput?: Buffer;
  readonly longPluginOutput?: Buffer;
}

/**
 * Read a job text. It must start with `type=`; other keys may come in any order, unknown ones are ignored, white
 * space around keys and values does not count, everything from the first NUL on is padding.
 *
 * @throws PayloadError NOT_A_JOB (no `type=` in front, as after decryption with a wrong key), NO_COMMAND
 * Source: worker spec 3.1–3.3, TS rules.
 */
export function parseJob(text: Buffer): ParsedJob {
  if (!text.subarray(0, TYPE_PREFIX.length).equals(TYPE_PREFIX)) throw new PayloadError("NOT_A_JOB");
  const values = parseKeyValues(upToNul(text), "never");
  const commandLine = filled(values, "command_line");
  if (commandLine === undefined) throw new PayloadError("NO_COMMAND");
  const type = values.get("type") ?? Buffer.alloc(0);
  const startTime = timeOf(values, "start_time");
  const timeoutSeconds = parseInteger(values.get("timeout") ?? Buffer.alloc(0));
  return {
    type,
    kind: kindOf(type),
    commandLine,
    ...optional("resultQueue", filled(values, "result_queue")),
    ...optional("targetQueue", filled(values, "target_queue")),
    ...optional("hostName", filled(values, "host_name")),
    ...optional("serviceDescription", filled(values, "service_description")),
    ...optional("coreTime", timeOf(values, "core_time") ?? startTime),
    ...optional("startTime", startTime),
    ...optional("timeoutSeconds", timeoutSeconds > 0 ? timeoutSeconds : undefined),
    ...optional("contact", filled(values, "contact")),
    ...optional("pluginOutput", filled(values, "plugin_output")),
    ...optional("longPluginOutput", filled(values, "long_plugin_output")),
  };
}

function kindOf(type: Buffer): ParsedJob["kind"] {
  const name = type.toString("latin1");
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
