import type { Packet } from "./packet.ts";
import { type PacketName, PacketType } from "./packet-type.ts";

type Argument<N extends PacketName> = Exclude<keyof PacketNamed<N>, "name">;
type PacketNamed<N, P = Packet> = P extends { readonly name: infer M } ? (N extends M ? P : never) : never;

/** Arguments of a packet in wire order. `opaque`: the last one is data of any size. */
export interface Layout {
  readonly arguments: readonly string[];
  readonly opaque: boolean;
}

const submit = ["function", "unique", "data"] as const;
const reduce = ["function", "unique", "reducer", "aggregate", "data"] as const;

/** Source: job-server.md 1.2; the type makes a missing packet or a misspelt argument an error. */
const inOrder: { readonly [N in PacketName]: readonly Argument<N>[] } = {
  CAN_DO: ["function"],
  CANT_DO: ["function"],
  RESET_ABILITIES: [],
  PRE_SLEEP: [],
  NOOP: [],
  SUBMIT_JOB: submit,
  JOB_CREATED: ["handle"],
  GRAB_JOB: [],
  NO_JOB: [],
  JOB_ASSIGN: ["handle", "function", "data"],
  WORK_STATUS: ["handle", "numerator", "denominator"],
  WORK_COMPLETE: ["handle", "data"],
  WORK_FAIL: ["handle"],
  GET_STATUS: ["handle"],
  ECHO_REQ: ["data"],
  ECHO_RES: ["data"],
  SUBMIT_JOB_BG: submit,
  ERROR: ["code", "text"],
  STATUS_RES: ["handle", "known", "running", "numerator", "denominator"],
  SUBMIT_JOB_HIGH: submit,
  SET_CLIENT_ID: ["id"],
  CAN_DO_TIMEOUT: ["function", "timeout"],
  ALL_YOURS: [],
  WORK_EXCEPTION: ["handle", "data"],
  OPTION_REQ: ["option"],
  OPTION_RES: ["option"],
  WORK_DATA: ["handle", "data"],
  WORK_WARNING: ["handle", "data"],
  GRAB_JOB_UNIQ: [],
  JOB_ASSIGN_UNIQ: ["handle", "function", "unique", "data"],
  SUBMIT_JOB_HIGH_BG: submit,
  SUBMIT_JOB_LOW: submit,
  SUBMIT_JOB_LOW_BG: submit,
  SUBMIT_JOB_SCHED: ["function", "unique", "minute", "hour", "mday", "month", "wday", "data"],
  SUBMIT_JOB_EPOCH: ["function", "unique", "epoch", "data"],
  SUBMIT_REDUCE_JOB: reduce,
  SUBMIT_REDUCE_JOB_BACKGROUND: reduce,
  GRAB_JOB_ALL: [],
  JOB_ASSIGN_ALL: ["handle", "function", "unique", "reducer", "data"],
  GET_STATUS_UNIQUE: ["unique"],
  STATUS_RES_UNIQUE: ["unique", "known", "running", "numerator", "denominator", "clients"],
};

const layouts: (Layout | undefined)[] = [];
for (const [name, type] of Object.entries(PacketType)) {
  const names: readonly string[] = inOrder[name as PacketName];
  layouts[type] = { arguments: names, opaque: names.at(-1) === "data" };
}

/** Layout of packet type `type`, undefined for the unknown types 0, 5 and above 42. */
export function layoutOf(type: number): Layout | undefined {
  return layouts[type];
}
