import type { Clock, Logger } from "@mod-gearman/base";
import { clientIdOf, type Liveness } from "@mod-gearman/client";
import type { ModuleOptions } from "@mod-gearman/config";
import { TicketFolder } from "@mod-gearman/enrolment";
import type { BridgeEnvelope, EnvelopeMemory } from "./bridge-envelope.ts";
import { EnrolmentDesk } from "./enrolment-desk.ts";
import { EnrolmentQueue } from "./enrolment-queue.ts";
import type { ResultMessage } from "./result-message.ts";
import { TicketAlarm } from "./ticket-alarm.ts";
import { openFolderProblem, ticketFolderProblem } from "./ticket-folder-problem.ts";

export interface EnrolmentDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly liveness: Liveness;
  readonly envelopes: EnvelopeMemory;
  readonly identity: { readonly version: string; readonly hostName: string };
  /** Reads the list of identities now, if it has changed. */
  readonly reread: () => void;
  /** A result for the core. */
  readonly add: (result: ResultMessage) => void;
}

const NO_EFFECT = "enroll_dir has no effect without envelope=both or v2 and envelope_identities_file";

/** How machines are enrolled, for `--check-config`. */
export function enrolmentStatements(
  options: ModuleOptions,
): { readonly level: "info" | "warn"; readonly text: string }[] {
  const { enrollDir, enrollQueue, enrollAlarmHost, masterFile, identities } = options;
  if (enrollDir === undefined) return [];
  if (masterFile === undefined || identities === undefined) return [{ level: "warn", text: NO_EFFECT }];
  const problem = ticketFolderProblem(enrollDir);
  if (problem !== undefined) return [{ level: "warn", text: problem }];
  const alarm = enrollAlarmHost === undefined ? ", an alarm is a line in the log and a counter" : "";
  return [{ level: "info", text: `machines get their keys over queue ${enrollQueue}${alarm}` }];
}

/** @returns undefined where no machine is to be enrolled @throws ClientError BAD_ARGUMENT for a queue that no job server would accept */
export function openEnrolment(
  options: ModuleOptions,
  envelope: BridgeEnvelope | undefined,
  deps: EnrolmentDeps,
): EnrolmentQueue | undefined {
  const { enrollDir, enrollQueue, enrollAlarmHost, enrollAlarmService, servers } = options;
  const { clock, logger, liveness, identity, reread, add } = deps;
  if (enrollDir === undefined) return undefined;
  if (envelope?.identities === undefined) {
    logger.warn(NO_EFFECT);
    return undefined;
  }
  const problem = openFolderProblem(enrollDir);
  if (problem !== undefined) {
    logger.error(problem);
    return undefined;
  }
  const { enrolments, nowMicros } = deps.envelopes;
  const object =
    enrollAlarmHost === undefined
      ? undefined
      : { hostName: enrollAlarmHost, serviceDescription: enrollAlarmService };
  const alarm = new TicketAlarm({ enrolments, logger, clock, nowMicros, object, add });
  const desk = new EnrolmentDesk({
    ...{ options, envelope, enrolments, logger, nowMicros, reread },
    folder: new TicketFolder(enrollDir),
    onAlarm: (ticket, host) => alarm.raise(ticket, host),
  });
  return new EnrolmentQueue({
    ...{ servers, clock, logger, liveness, queue: enrollQueue },
    answer: (data) => desk.answer(data),
    clientId: clientIdOf(Buffer.from(identity.hostName), `mod_gearman_bridge/${identity.version}`),
  });
}
