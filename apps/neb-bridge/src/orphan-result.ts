import type { Micros } from "@mod-gearman/payload";

import { ownResult } from "./own-result.ts";
import type { ResultMessage } from "./result-message.ts";

const SECOND: Micros = 1_000_000n;

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
  const output = Buffer.concat([
    Buffer.from(`(${kind} check orphaned, is the mod-gearman worker on queue '`),
    queue,
    Buffer.from("' running?)\n"),
  ]);
  const wholeSecond = (now / SECOND) * SECOND;
  return ownResult({ hostName, serviceDescription }, { returnCode: orphanReturn, output, at: wholeSecond });
}
