/**
 * Field and message tables of the bridge protocol; ids, names and kinds are those of
 * docs/bridge-protocol.md. The C side has the same tables in native/neb/src/wire/frame.c.
 */

/** `time` and `span` are 64 bit microseconds, `i32` is sent as u32 in two's complement, `id` has 16 bytes. */
export type FieldKind = "bytes" | "list" | "id" | "u32" | "i32" | "i64" | "time" | "span";

export const fieldTable = {
  version: [1, "u32"],
  core_name: [2, "bytes"],
  core_version: [3, "bytes"],
  shim_version: [4, "bytes"],
  pid: [5, "u32"],
  abi_class: [6, "bytes"],
  instance: [7, "bytes"],
  module_args: [8, "bytes"],
  config_base: [9, "bytes"],
  broker_options: [10, "i64"],
  window: [11, "u32"],
  heartbeat_ms: [12, "u32"],
  bridge_version: [13, "bytes"],
  level: [14, "u32"],
  text: [15, "bytes"],
  seq: [16, "i64"],
  host_name: [17, "bytes"],
  service_description: [18, "bytes"],
  command_line: [19, "bytes"],
  core_time: [20, "time"],
  timeout: [21, "u32"],
  check_options: [22, "u32"],
  queue: [23, "bytes"],
  check_type: [24, "u32"],
  return_code: [25, "i32"],
  exited_ok: [26, "u32"],
  early_timeout: [27, "u32"],
  scheduled_check: [28, "u32"],
  start_time: [29, "time"],
  finish_time: [30, "time"],
  latency: [31, "span"],
  output: [32, "bytes"],
  source: [33, "bytes"],
  result_id: [34, "id"],
  ready: [35, "u32"],
  reason: [36, "u32"],
  contact: [37, "bytes"],
  long_output: [38, "bytes"],
  taken_time: [39, "time"],
  queue_rule: [61, "u32"],
  records: [62, "i64"],
  neb_callback: [48, "u32"],
  neb_type: [49, "i32"],
  neb_flags: [50, "i32"],
  neb_attr: [51, "i32"],
  timestamp: [52, "time"],
  event_type: [53, "i32"],
  recurring: [54, "i32"],
  run_time: [55, "i64"],
  entry_time: [56, "i64"],
  data_type: [57, "i32"],
  data: [58, "bytes"],
  hosts: [64, "u32"],
  services: [65, "u32"],
  eventhandler: [66, "u32"],
  do_hostchecks: [67, "u32"],
  route_eventhandler_like_checks: [68, "u32"],
  queue_custom_variable: [69, "bytes"],
  hostgroup: [70, "list"],
  servicegroup: [71, "list"],
  localhostgroup: [72, "list"],
  localservicegroup: [73, "list"],
  checks_when_away: [74, "u32"],
  eventhandlers_when_away: [75, "u32"],
  notifications: [76, "u32"],
  notifications_when_away: [77, "u32"],
  orphan_host_checks: [78, "u32"],
  orphan_service_checks: [79, "u32"],
  orphan_return: [80, "u32"],
  internal_check_dummy: [81, "u32"],
  latency_flatten_window: [82, "u32"],
  perfdata: [88, "u32"],
  perfdata_send_all: [89, "u32"],
  host_perfdata_template: [90, "bytes"],
  service_perfdata_template: [91, "bytes"],
  export_process: [92, "i32"],
  export_timed_event: [93, "i32"],
  export_log: [94, "i32"],
  explain_queues: [100, "u32"],
  debug: [101, "u32"],
  taken_times: [102, "u32"],
} as const satisfies Record<string, readonly [number, FieldKind]>;

export type FieldName = keyof typeof fieldTable;

type KindValue<K extends FieldKind> = K extends "bytes" | "id"
  ? Buffer
  : K extends "list"
    ? readonly Buffer[]
    : K extends "u32" | "i32"
      ? number
      : bigint;

/** The TypeScript value of one field. */
type FieldValue<F extends FieldName> = KindValue<(typeof fieldTable)[F][1]>;

/** For each message: its type number, its required and its optional fields. */
export const messageTable = {
  HELLO: {
    type: 1,
    needs: [
      "version",
      "core_name",
      "core_version",
      "shim_version",
      "abi_class",
      "pid",
      "instance",
      "broker_options",
      "window",
      "heartbeat_ms",
    ],
    may: ["module_args", "config_base"],
  },
  WELCOME: { type: 2, needs: ["version", "bridge_version", "pid", "window", "heartbeat_ms"], may: [] },
  SETTINGS: {
    type: 3,
    needs: [],
    may: [
      "hosts",
      "services",
      "eventhandler",
      "do_hostchecks",
      "route_eventhandler_like_checks",
      "queue_custom_variable",
      "hostgroup",
      "servicegroup",
      "localhostgroup",
      "localservicegroup",
      "checks_when_away",
      "eventhandlers_when_away",
      "notifications",
      "notifications_when_away",
      "orphan_host_checks",
      "orphan_service_checks",
      "orphan_return",
      "internal_check_dummy",
      "latency_flatten_window",
      "perfdata",
      "perfdata_send_all",
      "host_perfdata_template",
      "service_perfdata_template",
      "export_process",
      "export_timed_event",
      "export_log",
      "explain_queues",
      "debug",
      "taken_times",
    ],
  },
  STATE: { type: 4, needs: ["ready"], may: ["text"] },
  FAULT: { type: 5, needs: ["text"], may: [] },
  LOG: { type: 6, needs: ["level", "text"], may: [] },
  PING: { type: 7, needs: [], may: [] },
  PONG: { type: 8, needs: [], may: [] },
  BYE: { type: 9, needs: ["reason"], may: [] },
  WINDOW: { type: 10, needs: ["window"], may: [] },
  SERVICE_CHECK: {
    type: 16,
    needs: [
      "seq",
      "host_name",
      "service_description",
      "queue",
      "command_line",
      "core_time",
      "timeout",
      "check_options",
    ],
    may: ["queue_rule", "taken_time"],
  },
  HOST_CHECK: {
    type: 17,
    needs: ["seq", "host_name", "queue", "command_line", "core_time", "timeout", "check_options"],
    may: ["queue_rule", "taken_time"],
  },
  EVENT_HANDLER: {
    type: 18,
    needs: ["seq", "host_name", "queue", "command_line", "core_time"],
    may: ["service_description", "queue_rule"],
  },
  NOTIFICATION: {
    type: 19,
    needs: ["seq", "host_name", "contact", "command_line", "start_time", "core_time"],
    may: ["service_description", "output", "long_output"],
  },
  PERFDATA: { type: 20, needs: ["seq", "host_name", "text"], may: ["service_description"] },
  EXPORT: {
    type: 21,
    needs: ["seq", "neb_callback", "neb_type", "neb_flags", "neb_attr", "timestamp"],
    may: ["event_type", "recurring", "run_time", "entry_time", "data_type", "data"],
  },
  RECORDS_DROPPED: { type: 22, needs: ["records"], may: [] },
  CHECK_UNDER_WAY: { type: 23, needs: [], may: ["host_name", "service_description"] },
  RESULT: {
    type: 32,
    needs: [
      "seq",
      "result_id",
      "host_name",
      "check_type",
      "check_options",
      "scheduled_check",
      "return_code",
      "exited_ok",
      "early_timeout",
      "start_time",
      "finish_time",
      "latency",
      "output",
    ],
    may: ["service_description", "source"],
  },
  RESULT_DONE: { type: 33, needs: ["seq"], may: [] },
  EVENT_DONE: { type: 34, needs: ["seq"], may: [] },
  EVENT_REJECTED: { type: 35, needs: ["seq", "text"], may: [] },
  CHECK_LOST: { type: 36, needs: ["host_name", "text"], may: ["service_description"] },
} as const satisfies Record<string, { type: number; needs: readonly FieldName[]; may: readonly FieldName[] }>;

export type MessageName = keyof typeof messageTable;

type Fields<N extends MessageName> = {
  readonly [F in (typeof messageTable)[N]["needs"][number]]: FieldValue<F>;
} & {
  readonly [F in (typeof messageTable)[N]["may"][number]]?: FieldValue<F> | undefined;
};

/** One message with its fields, discriminated by `name`. */
export type Message<N extends MessageName = MessageName> = { [K in N]: { readonly name: K } & Fields<K> }[N];

/** Why a side ends the connection (field `reason` of BYE). */
export const byeReason = { reload: 1, shutdown: 2, protocol: 3, replaced: 4 } as const;

/** Version of the protocol that these tables describe. */
export const PROTOCOL_VERSION = 1;

/** Numbers of the core's callbacks whose events are exported (neb-module.md 2.10). */
export const nebCallback = { process: 0, timedEvent: 1, log: 2 } as const;
