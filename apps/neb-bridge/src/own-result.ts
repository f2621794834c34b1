import { randomBytes } from "node:crypto";
import type { Micros } from "@mod-gearman/payload";
import type { OutstandingCheck } from "./check-row.ts";
import type { ResultMessage } from "./result-message.ts";

const ID_BYTES = 16;

/** A result that the bridge gives a check itself: active, without latency and run time. @param at its time of day */
export function ownResult(
  { hostName, serviceDescription }: Pick<OutstandingCheck, "hostName" | "serviceDescription">,
  { returnCode, output, at }: { returnCode: number; output: Buffer; at: Micros },
): ResultMessage {
  return {
    name: "RESULT",
    result_id: randomBytes(ID_BYTES),
    host_name: hostName,
    service_description: serviceDescription,
    check_type: 0,
    check_options: 0,
    scheduled_check: 1,
    return_code: returnCode,
    exited_ok: 1,
    early_timeout: 0,
    start_time: at,
    finish_time: at,
    latency: 0n,
    output,
  };
}
