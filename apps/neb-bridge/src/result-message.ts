import { hash } from "node:crypto";

import type { AssignedJob } from "@mod-gearman/client";
import { type CheckResult, type Micros, resultLatency } from "@mod-gearman/payload";

import type { Message } from "./link/fields.ts";

/** A RESULT without its number, which depends on the connection. */
export type ResultMessage = Omit<Message<"RESULT">, "seq" | "latency"> & { latency: Micros };

const DAY: Micros = 86_400_000_000n;
const MAX_I64 = 2n ** 63n - 1n;
const RESULT_ID_BYTES = 16;
const NO_UNIQUE = Buffer.from("-");
const NUL = Buffer.of(0);
/** No object has a longer name; with the limit of the output below, every message fits its frame. */
const MAX_NAME_BYTES = 65_536;
const MAX_SOURCE_BYTES = 1024;
/** GM_BUFFERSIZE of the classic module, N20. */
const MAX_OUTPUT_BYTES = 10_485_760;

/** @returns id of one result job, the same if the job server assigns it again (docs/bridge-protocol.md) */
export function resultId(job: Pick<AssignedJob, "unique" | "handle" | "data">): Buffer {
  const named = job.unique.length > 0 && !job.unique.equals(NO_UNIQUE);
  const text = Buffer.concat([named ? job.unique : job.handle, NUL, job.data]);
  // As a string, since a buffer costs as much as the hash itself.
  return Buffer.from(hash("sha256", text, "binary").slice(0, RESULT_ID_BYTES), "latin1");
}

/** Other workers send uninitialised memory as core_start_time (wire-format.md 6 and 11). */
function plausible(result: CheckResult, now: Micros): CheckResult {
  const start = result.coreStartTime;
  if (start === undefined || (start > now - DAY && start < now + DAY)) return result;
  const { coreStartTime: _, ...rest } = result;
  return rest;
}

const atMost = (limit: bigint, value: bigint): bigint => (value > limit ? limit : value);

/** True if the names of a result can be those of an object. */
export function isNameable(result: CheckResult): boolean {
  const serviceBytes = result.serviceDescription?.length ?? 0;
  return result.hostName.length <= MAX_NAME_BYTES && serviceBytes <= MAX_NAME_BYTES;
}

/**
 * The message with a result for the core. Times beyond 64 bit are limited and output above 10 MiB is cut, so that every
 * result of a worker fits the frame.
 */
export function resultMessage(id: Buffer, parsed: CheckResult, now: Micros): ResultMessage {
  const result = plausible(parsed, now);
  const wholeSecond = (now / 1_000_000n) * 1_000_000n;
  return {
    name: "RESULT",
    result_id: id,
    host_name: result.hostName,
    service_description: result.serviceDescription,
    check_type: result.type === "passive" ? 1 : 0,
    check_options: 0,
    scheduled_check: result.scheduledCheck ? 1 : 0,
    return_code: result.returnCode,
    exited_ok: result.exitedOk ? 1 : 0,
    early_timeout: result.earlyTimeout ? 1 : 0,
    start_time: result.startTime ?? wholeSecond,
    finish_time: result.finishTime ?? wholeSecond,
    latency: atMost(MAX_I64, resultLatency(result, now)),
    source: result.source?.subarray(0, MAX_SOURCE_BYTES),
    output: result.output.subarray(0, MAX_OUTPUT_BYTES),
  };
}
