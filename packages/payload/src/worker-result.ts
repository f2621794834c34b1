import { type Micros, printMicros } from "./micros.ts";
import { TextBuilder } from "./text-builder.ts";

/**
 * The result of one run. `source` is the whole text `Mod-Gearman Worker @ <identifier>`. `output` may contain real LFs or
 * `\n` pairs.
 */
export interface WorkerResult {
  readonly type: "active" | "passive";
  readonly hostName: Buffer;
  readonly serviceDescription?: Buffer | undefined;
  /** The job's `core_time`; omitted unless positive. */
  readonly coreStartTime?: Micros | undefined;
  readonly startTime: Micros;
  readonly finishTime: Micros;
  readonly returnCode: number;
  readonly source: Buffer;
  readonly output: Buffer;
  /** That of the job; in version 2 of the envelope only. */
  readonly jobId?: Buffer | undefined;
  /** When the worker had the job, and when it sent the result; only if the job asked for them. */
  readonly grabbedTime?: Micros | undefined;
  readonly sentTime?: Micros | undefined;
}

/**
 * The text of a worker's result in a new buffer: keys in the order of the Go worker, `type` first (a module that
 * accepts clear results looks for it), LF escaped, NUL removed, closed by two empty lines.
 * Source: worker.md 4.7; wire-format.md 6.
 */
export function printWorkerResult(result: WorkerResult): Buffer {
  const { coreStartTime, grabbedTime, sentTime } = result;
  const hasCoreStart = coreStartTime !== undefined && coreStartTime > 0n;
  return new TextBuilder()
    .line("type", result.type)
    .line("host_name", result.hostName)
    .line("service_description", result.serviceDescription)
    .line("core_start_time", hasCoreStart ? printMicros(coreStartTime) : undefined)
    .line("start_time", printMicros(result.startTime))
    .line("finish_time", printMicros(result.finishTime))
    .line("return_code", Math.trunc(result.returnCode).toString())
    .line("exited_ok", "1")
    .line("source", result.source)
    .line("job_id", result.jobId)
    .line("grabbed_time", grabbedTime === undefined ? undefined : printMicros(grabbedTime))
    .line("sent_time", sentTime === undefined ? undefined : printMicros(sentTime))
    .lastLine("output", result.output)
    .finish();
}
