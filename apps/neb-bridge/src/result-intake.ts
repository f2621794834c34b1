import { createHash } from "node:crypto";

import type { AssignedJob } from "@mod-gearman/client";
import type { Envelope } from "@mod-gearman/crypto";
import type { Logger } from "@mod-gearman/observe";
import { type CheckResult, type Micros, parseCheckResult, resultLatency } from "@mod-gearman/payload";

import type { CoreLink } from "./link/core-link.ts";
import type { Message } from "./link/fields.ts";

type ResultMessage = Omit<Message<"RESULT">, "seq">;

interface Held {
  readonly job: AssignedJob;
  readonly message: ResultMessage;
}

const DAY: Micros = 86_400_000_000n;
const RESULT_ID_BYTES = 16;

export interface ResultIntakeOptions {
  /** Time of day, which latencies are measured against. */
  readonly now: () => Micros;
  readonly logger: Logger;
  readonly envelope: () => Envelope;
  readonly onResult: (result: CheckResult) => void;
  /** Answer to the status request `check` (neb-module.md 3.4). */
  readonly status: () => Buffer;
}

/** @returns id of one result job, the same when the job server hands it out again (docs/bridge-protocol.md) */
export function resultId(job: Pick<AssignedJob, "unique" | "handle" | "data">): Buffer {
  const named = job.unique.length > 0 && !job.unique.equals(Buffer.from("-"));
  return createHash("sha256")
    .update(named ? job.unique : job.handle)
    .update(Buffer.of(0))
    .update(job.data)
    .digest()
    .subarray(0, RESULT_ID_BYTES);
}

function isStatusRequest(data: Buffer): boolean {
  return data.equals(Buffer.from("check")) || data.equals(Buffer.from("check\0"));
}

/** Workers older than ours send uninitialised memory as core_start_time (wire-format.md 6 and 11). */
function plausible(result: CheckResult, now: Micros): CheckResult {
  const start = result.coreStartTime;
  if (start === undefined || (start > now - DAY && start < now + DAY)) return result;
  const { coreStartTime: _, ...rest } = result;
  return rest;
}

function messageOf(job: AssignedJob, parsed: CheckResult, now: Micros): ResultMessage {
  const result = plausible(parsed, now);
  const wholeSecond = (now / 1_000_000n) * 1_000_000n;
  return {
    name: "RESULT",
    result_id: resultId(job),
    host_name: result.hostName,
    ...(result.serviceDescription === undefined ? {} : { service_description: result.serviceDescription }),
    check_type: result.type === "passive" ? 1 : 0,
    check_options: 0,
    scheduled_check: result.scheduledCheck ? 1 : 0,
    return_code: result.returnCode,
    exited_ok: result.exitedOk ? 1 : 0,
    early_timeout: result.earlyTimeout ? 1 : 0,
    start_time: result.startTime ?? wholeSecond,
    finish_time: result.finishTime ?? wholeSecond,
    latency: resultLatency(result, now),
    ...(result.source === undefined ? {} : { source: result.source }),
    output: result.output,
  };
}

/**
 * Takes result jobs, hands them to the shim in order and completes each job only when the shim says that
 * the core has the result. Outlives connections: what was not answered is sent again on the next one.
 */
export class ResultIntake {
  readonly #options: ResultIntakeOptions;
  #link: CoreLink | undefined;
  /** Sent on the current connection, first unanswered one first. */
  #sent: { seq: bigint; held: Held }[] = [];
  /** Not sent on the current connection. */
  #unsent: Held[] = [];
  #window = 0;
  #nextSeq = 1n;
  discarded = 0;

  constructor(options: ResultIntakeOptions) {
    this.#options = options;
  }

  /** Result jobs taken from the job server and not completed. */
  get held(): number {
    return this.#sent.length + this.#unsent.length;
  }

  attach(link: CoreLink, window: number): void {
    this.#link = link;
    this.#window = window;
    this.#nextSeq = 1n;
    const waiting = [...this.#sent.map(({ held }) => held), ...this.#unsent];
    for (const { job } of waiting) if (job.connectionLost) job.abandon(); // the server hands it out anew
    this.#unsent = waiting.filter(({ job }) => !job.connectionLost);
    this.#sent = [];
    this.#pump();
  }

  detach(): void {
    this.#link = undefined;
  }

  setWindow(window: number): void {
    this.#window = window;
    this.#pump();
  }

  onJob(job: AssignedJob): void {
    if (isStatusRequest(job.data)) {
      job.complete(this.#options.status());
      return;
    }
    let result: CheckResult;
    try {
      result = parseCheckResult(this.#options.envelope().open(job.data));
    } catch {
      this.discarded += 1;
      const handle = job.handle.toString("latin1");
      this.#options.logger.error(`discarded invalid job (${handle}), check your encryption settings`);
      job.fail();
      return;
    }
    const now = this.#options.now();
    this.#options.onResult(result);
    this.#unsent.push({ job, message: messageOf(job, result, now) });
    this.#pump();
  }

  /** The core has result `seq` and all before it. */
  onDone(seq: bigint): void {
    let answered = 0;
    for (const sent of this.#sent) {
      if (sent.seq > seq) break;
      sent.held.job.complete();
      answered += 1;
    }
    this.#sent.splice(0, answered);
    this.#pump();
  }

  /** Gives everything unanswered back to the job servers, which hand it out again. */
  abandon(): void {
    for (const { job } of [...this.#sent.map(({ held }) => held), ...this.#unsent]) job.abandon();
    this.#sent = [];
    this.#unsent = [];
  }

  #pump(): void {
    const link = this.#link;
    if (link === undefined) return;
    let taken = 0;
    for (const held of this.#unsent) {
      if (this.#sent.length >= this.#window) break;
      const seq = this.#nextSeq;
      if (!link.send({ ...held.message, seq })) break;
      this.#nextSeq += 1n;
      this.#sent.push({ seq, held });
      taken += 1;
    }
    if (taken > 0) this.#unsent.splice(0, taken);
  }
}
