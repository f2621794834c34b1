import { type Micros, printMicros } from "./micros.ts";
import { TextBuilder } from "./text-builder.ts";

/**
 * A result of a command line sender. `source` is the program's name (`send_gearman`, `send_multi`). `latency` has a line if
 * it is given, also if it is 0: send_gearman always writes it, send_multi never. `returnCode` is any 32 bit integer, judged
 * by the core. `output` may contain real LFs.
 */
export interface SenderResult {
  readonly type: "active" | "passive";
  /** Not empty: every reader refuses a result without host. */
  readonly hostName: Buffer;
  /** Absent for a host result. */
  readonly serviceDescription?: Buffer | undefined;
  readonly startTime: Micros;
  readonly finishTime: Micros;
  readonly latency?: Micros;
  readonly returnCode: number;
  readonly source?: Buffer;
  readonly output: Buffer;
}

/**
 * The text of a sender's result in a new buffer, byte for byte as the C senders print it (service after source, one
 * empty line at the end), except for backslashes: LF becomes `\n`, nothing else is escaped; NULs are removed.
 * Source: wire-format.md 4.2 and 6; decision T19; `send_gearman.json`, `send_multi.json`.
 */
export function printSenderResult(result: SenderResult): Buffer {
  const { latency } = result;
  return new TextBuilder()
    .line("type", result.type)
    .line("host_name", result.hostName)
    .line("start_time", printMicros(result.startTime))
    .line("finish_time", printMicros(result.finishTime))
    .line("latency", latency === undefined ? undefined : printMicros(latency))
    .line("return_code", Math.trunc(result.returnCode).toString())
    .line("source", result.source)
    .line("service_description", result.serviceDescription)
    .lastLine("output", result.output)
    .finish(1);
}
