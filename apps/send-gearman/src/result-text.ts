import type { SenderOptions } from "@mod-gearman/config";
import { type Micros, printSenderResult } from "@mod-gearman/payload";
import type { CheckOutcome } from "./check-outcome.ts";

const SOURCE = Buffer.from("send_gearman");

/** The text of one result; values may contain any bytes. @param now for the times that were not given */
export function printOutcome(options: SenderOptions, outcome: CheckOutcome, now: Micros): Buffer {
  const { active, startTime, finishTime, latency } = options;
  return printSenderResult({
    type: active ? "active" : "passive",
    hostName: outcome.host,
    serviceDescription: outcome.service,
    startTime: startTime ?? now,
    finishTime: finishTime ?? now,
    latency: latency ?? 0n,
    returnCode: outcome.returnCode,
    source: SOURCE,
    output: outcome.output,
  });
}

/** For `--debug=2`. */
export function traceText(queue: Buffer, text: Buffer): string {
  return `queue: ${queue}\ndata:\n${text}`;
}
