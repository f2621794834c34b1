import { PayloadError } from "./errors.ts";
import { unescapeNewlines, upToNul } from "./escape.ts";
import { parseInteger } from "./integer.ts";
import { KnownKeys, type KnownValues } from "./known-values.ts";
import { type Micros, parseMicros } from "./micros.ts";

const SECOND: Micros = 1_000_000n;
const PASSIVE = Buffer.from("passive", "latin1");
const NULL_OUTPUT = Buffer.from("(null)", "latin1");
const DAY: Micros = 86_400n * SECOND;

/** The most frequent key of its length first. */
const NAMES = [
  "type",
  "host_name",
  "service_description",
  "core_start_time",
  "start_time",
  "finish_time",
  "latency",
  "return_code",
  "exited_ok",
  "early_timeout",
  "scheduled_check",
  "source",
  "output",
  "job_id",
  "grabbed_time",
  "sent_time",
] as const;
const keys = new KnownKeys(NAMES);
const key = Object.fromEntries(NAMES.map((name, at) => [name, at])) as Record<(typeof NAMES)[number], number>;

/**
 * A check result as the module reads it. Times are absent if missing or 0. `returnCode` is any 32 bit integer, judged by the
 * core. `output` has real LFs. Buffers are views of the text unless they had to be unescaped.
 * Source: wire-format.md 6.1; neb-module.md 3.2.
 */
export interface CheckResult {
  readonly type: "active" | "passive";
  readonly hostName: Buffer;
  /** Present for a service, absent for a host. */
  readonly serviceDescription?: Buffer | undefined;
  /** Planned start of the check. C workers behind current modules send garbage here. */
  readonly coreStartTime?: Micros | undefined;
  readonly startTime?: Micros | undefined;
  readonly finishTime?: Micros | undefined;
  /** Added by the sender to the computed latency; may be negative. */
  readonly latency?: Micros | undefined;
  readonly returnCode: number;
  readonly exitedOk: boolean;
  readonly earlyTimeout: boolean;
  readonly scheduledCheck: boolean;
  readonly source?: Buffer | undefined;
  readonly output: Buffer;
  /** Of the job that the result belongs to; in version 2 of the envelope only. */
  readonly jobId?: Buffer | undefined;
  /** When the worker had the job, and when it sent the result, if the job asked for its times. */
  readonly grabbedTime?: Micros | undefined;
  readonly sentTime?: Micros | undefined;
}

/**
 * Reads a result text: lines up to the first one without `=` or without value. Of equal keys the last counts, unknown keys
 * are ignored, bytes from the first NUL on are padding.
 *
 * @throws PayloadError MISSING_HOST_NAME, MISSING_OUTPUT (also after decryption with a wrong key)
 * Source: wire-format.md 4, 6.1; neb-module.md 3.2.
 */
export function parseCheckResult(text: Buffer): CheckResult {
  const plain = upToNul(text);
  const values = keys.read(plain);
  const hostName = values.get(key.host_name);
  if (hostName === undefined) throw new PayloadError("MISSING_HOST_NAME");
  const output = values.hasBareOutput ? NULL_OUTPUT : values.get(key.output);
  if (output === undefined) throw new PayloadError("MISSING_OUTPUT");
  return {
    type: values.get(key.type)?.equals(PASSIVE) ? "passive" : "active",
    hostName,
    serviceDescription: values.get(key.service_description),
    coreStartTime: timeOf(plain, values, key.core_start_time),
    startTime: timeOf(plain, values, key.start_time),
    finishTime: timeOf(plain, values, key.finish_time),
    latency: timeOf(plain, values, key.latency),
    returnCode: integerOf(plain, values, key.return_code, 0),
    exitedOk: integerOf(plain, values, key.exited_ok, 1) !== 0,
    earlyTimeout: integerOf(plain, values, key.early_timeout, 0) !== 0,
    scheduledCheck: integerOf(plain, values, key.scheduled_check, 1) !== 0,
    source: values.get(key.source),
    output: unescapeNewlines(output),
    jobId: values.get(key.job_id),
    grabbedTime: timeOf(plain, values, key.grabbed_time),
    sentTime: timeOf(plain, values, key.sent_time),
  };
}

/**
 * Latency of a check: max(0, received − (finish − start) − core start) + max(0, given latency). Missing times count as the
 * whole second of `receivedAt`, and so does a core start more than a day away from it: C workers send uninitialised memory. Source: neb-module.md 3.3; wire-format.md 6.1, 11.
 */
export function resultLatency(result: CheckResult, receivedAt: Micros): Micros {
  const now = receivedAt - (receivedAt % SECOND);
  const duration = (result.finishTime ?? now) - (result.startTime ?? now);
  const late = receivedAt - duration - plausible(result.coreStartTime, receivedAt, now);
  return atLeastZero(late) + atLeastZero(result.latency ?? 0n);
}

function plausible(coreStart: Micros | undefined, receivedAt: Micros, otherwise: Micros): Micros {
  if (coreStart === undefined) return otherwise;
  const away = coreStart > receivedAt ? coreStart - receivedAt : receivedAt - coreStart;
  return away > DAY ? otherwise : coreStart;
}

function atLeastZero(span: Micros): Micros {
  return span > 0n ? span : 0n;
}

function timeOf(text: Buffer, { starts, ends }: KnownValues, index: number): Micros | undefined {
  const start = starts[index] ?? -1;
  const time = start === -1 ? 0n : parseMicros(text, start, ends[index]);
  return time === 0n ? undefined : time;
}

function integerOf(text: Buffer, { starts, ends }: KnownValues, index: number, otherwise: number): number {
  const start = starts[index] ?? -1;
  return start === -1 ? otherwise : parseInteger(text, start, ends[index]);
}
