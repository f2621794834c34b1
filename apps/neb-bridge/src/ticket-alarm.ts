import { type Clock, type Logger, oneLine } from "@mod-gearman/base";
import type { TicketState } from "@mod-gearman/enrolment";
import type { Micros } from "@mod-gearman/payload";
import type { Enrolments } from "./enrolments.ts";
import { ownResult } from "./own-result.ts";
import type { ResultMessage } from "./result-message.ts";

export interface TicketAlarmOptions {
  readonly enrolments: Enrolments;
  readonly logger: Logger;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Time of day. */
  readonly nowMicros: () => Micros;
  /** Object that gets the passive result; undefined: none. */
  readonly object: { readonly hostName: Buffer; readonly serviceDescription: Buffer } | undefined;
  readonly add: (result: ResultMessage) => void;
}

const CRITICAL = 2;
const PASSIVE = 1;
/** One line and one result for a ticket in this time. */
const EVERY_MS = 60_000;
const MAX_TICKETS = 1000;
const MAX_TEXT = 400;

/** A ticket that is redeemed a second time was seen by another one: a counter, a line in the log, and a passive result. */
export class TicketAlarm {
  readonly #options: TicketAlarmOptions;
  readonly #saidAtMs = new Map<string, number>();

  constructor(options: TicketAlarmOptions) {
    this.#options = options;
  }

  /** @param host as the second machine calls itself */
  raise({ id, kind, name, redeemed }: TicketState, host: string): void {
    const { enrolments, logger, clock, nowMicros, object, add } = this.#options;
    enrolments.alarm();
    const now = clock.monotonicMs();
    if (now - (this.#saidAtMs.get(id) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return;
    if (this.#saidAtMs.size >= MAX_TICKETS) this.#saidAtMs.clear();
    this.#saidAtMs.set(id, now);
    const first = redeemed === undefined ? "" : `, first by ${redeemed.host} at ${isoOf(redeemed.atMs)}`;
    const text = oneLine(
      `ticket ${id} of ${kind} ${name} was redeemed a second time, now by ${host}${first}: ` +
        `somebody else has seen it. If the first one was not meant: mod_gearman_enroll revoke ${name}`,
      MAX_TEXT,
    );
    logger.error(`ALARM: ${text}`);
    if (object === undefined) return;
    const output = Buffer.from(`CRITICAL - ${text}\n`);
    add({ ...ownResult(object, { returnCode: CRITICAL, output, at: nowMicros() }), check_type: PASSIVE });
  }
}

function isoOf(atMs: number): string {
  return Number.isFinite(atMs) ? new Date(atMs).toISOString() : "a time unknown";
}
