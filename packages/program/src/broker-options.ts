import type { ModuleOptions } from "@mod-gearman/config";

/** A bit of the core's `event_broker_options`. */
export interface BrokerBit {
  readonly value: number;
  readonly name: string;
}

type Wants = Pick<
  ModuleOptions,
  | "hosts"
  | "services"
  | "doHostchecks"
  | "hostgroups"
  | "servicegroups"
  | "queueCustomVariable"
  | "eventhandler"
  | "notifications"
  | "perfdata"
  | "exports"
  | "latencyFlattenWindowSeconds"
>;

/** Numbers of callbacks whose events are exported. */
const TIMED_EVENT = 1;
const LOG = 2;

const exportsOf = ({ exports }: Wants, callback: number): boolean =>
  exports.some(({ callbacks }) => callbacks.includes(callback));

/** Results of local and passive checks count too. */
const wantsResults = (o: Wants): boolean => o.perfdata.length > 0 || o.latencyFlattenWindowSeconds > 0;

const wantsGroups = (o: Wants): boolean => o.hostgroups.length > 0 || o.queueCustomVariable !== undefined;

const BITS: readonly (BrokerBit & { readonly isNeeded: (o: Wants) => boolean })[] = [
  { value: 1, name: "BROKER_PROGRAM_STATE", isNeeded: () => true },
  { value: 2, name: "BROKER_TIMED_EVENTS", isNeeded: (o) => exportsOf(o, TIMED_EVENT) },
  {
    value: 4,
    name: "BROKER_SERVICE_CHECKS",
    isNeeded: (o) => wantsResults(o) || o.services || o.servicegroups.length > 0 || wantsGroups(o),
  },
  {
    value: 8,
    name: "BROKER_HOST_CHECKS",
    isNeeded: (o) => wantsResults(o) || (o.doHostchecks && (o.hosts || wantsGroups(o))),
  },
  { value: 16, name: "BROKER_EVENT_HANDLERS", isNeeded: (o) => o.eventhandler },
  { value: 32, name: "BROKER_LOGGED_DATA", isNeeded: (o) => exportsOf(o, LOG) },
  { value: 64, name: "BROKER_NOTIFICATIONS", isNeeded: (o) => o.notifications },
];

/** The bits without which the core does not raise events that these options of the module want. Source: neb-module.md 1.3. */
export function neededBrokerBits(options: Wants): BrokerBit[] {
  return BITS.filter(({ isNeeded }) => isNeeded(options)).map(({ value, name }) => ({ value, name }));
}

/** Names and values for a text. */
export const shownBits = (bits: readonly BrokerBit[]): string =>
  bits.map(({ name, value }) => `${name} (${value})`).join(", ");
