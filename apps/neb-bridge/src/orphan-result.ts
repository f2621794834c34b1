import { randomBytes } from "node:crypto";
import type { Micros } from "@mod-gearman/payload";

import type { ResultMessage } from "./result-message.ts";

const SECOND: Micros = 1_000_000n;
const ID_BYTES = 16;

/** A check that has waited where no worker is. */
export interface OrphanedCheck {
  readonly hostName: Buffer;
  readonly serviceDescription: Buffer | undefined;
  readonly queue: Buffer;
}

/**
 * The result of a check that no worker takes: text and fields of neb-module.md 2.5.
 *
 * @param now time of day
 */
export function orphanResult(check: OrphanedCheck, orphanReturn: number, now: Micros): ResultMessage {
  const { hostName, queue, serviceDescription } = check;
  const kind = serviceDescription === undefined ? "host" : "service";
  const wholeSecond = (now / SECOND) * SECOND;
  return {
    name: "RESULT",
    result_id: randomBytes(ID_BYTES),
    host_name: hostName,
    service_description: serviceDescription,
    check_type: 0,
    check_options: 0,
    scheduled_check: 1,
    return_code: orphanReturn,
    exited_ok: 1,
    early_timeout: 0,
    start_time: wholeSecond,
    finish_time: wholeSecond,
    latency: 0n,
    output: Buffer.concat([
      Buffer.from(`(${kind} check orphaned, is the mod-gearman worker on queue '`),
      queue,
      Buffer.from("' running?)\n"),
    ]),
  };
}
