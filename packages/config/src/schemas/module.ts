import { z } from "zod";
import type { Options } from "../option-row.ts";
import {
  bytes,
  bytesOr,
  config,
  duration,
  exportRules,
  groups,
  number,
  path,
  perfdataQueues,
  servers,
  stateNumber,
  text,
  texts,
  word,
  yesNo,
} from "./kinds.ts";
import { programRegistry, withoutEffect } from "./registry.ts";
import { tlsOptions } from "./tls.ts";

/** A switch without value, or with an unknown word, is on: the rule of the module (neb-module.md 4.1). */
const ON = { bare: true, other: true };
const OFF = { bare: false, other: false };

const HOST_TEMPLATE =
  "DATATYPE::HOSTPERFDATA\\tTIMET::$TIMET$\\tHOSTNAME::$HOSTNAME$\\tHOSTPERFDATA::$HOSTPERFDATA$" +
  "\\tHOSTCHECKCOMMAND::$HOSTCHECKCOMMAND$\\tHOSTSTATE::$HOSTSTATE$\\tHOSTSTATETYPE::$HOSTSTATETYPE$";
const SERVICE_TEMPLATE =
  "DATATYPE::SERVICEPERFDATA\\tTIMET::$TIMET$\\tHOSTNAME::$HOSTNAME$\\tSERVICEDESC::$SERVICEDESC$" +
  "\\tSERVICEPERFDATA::$SERVICEPERFDATA$\\tSERVICECHECKCOMMAND::$SERVICECHECKCOMMAND$\\tHOSTSTATE::$HOSTSTATE$" +
  "\\tHOSTSTATETYPE::$HOSTSTATETYPE$\\tSERVICESTATE::$SERVICESTATE$\\tSERVICESTATETYPE::$SERVICESTATETYPE$";
const TEMPLATE = { escapes: "trn", empty: "value" } as const;

const ENVELOPES = ["legacy", "both", "v2"] as const;
const LOG_MODES = ["automatic", "file", "stdout", "syslog", "core"] as const;
const BY_HAND = { byHand: true, default: "no; yes if no queue is chosen at all" };

/** Options of the broker module and its bridge. Source: neb-module.md 4.2; those at the end are ours. */
export const moduleSchema = z.strictObject({
  config: config(),
  debug: number("debug", { initial: 0, help: "Log level: 0 info, 1 debug, 2 and above trace." }),
  logmode: word("logmode", LOG_MODES, {
    initial: "automatic",
    anyCase: true,
    complain: "unknown log mode '<value>', use one of 'automatic', 'file', 'stdout', 'syslog' and 'core'",
    help: "Where log lines go; automatic is file if logfile is set, else core.",
  }),
  logfile: path("logfile", { help: "Log file." }),
  logStatsIntervalSeconds: duration("log_stats_interval", "seconds", {
    initial: 60,
    help: "Seconds between statistics lines in the log; 0 = off.",
  }),

  prometheusServer: text("prometheus_server", {
    help: "Address on which the bridge serves metrics.",
    argument: "HOST:PORT",
    isName: true,
  }),

  adminListen: text("admin_listen", {
    help: "Serve a page of the site, /metrics, /healthz and /api/checks over HTTP there, by the bridge; with a port alone on 127.0.0.1.",
    argument: "[HOST:]PORT",
    isName: true,
  }),
  adminServers: texts("admin_servers", {
    help: "Admin listeners of job servers that the page of the bridge shows, in place of asking the job servers. May be repeated.",
    argument: "[HOST:]PORT",
    isName: true,
  }),
  adminNames: texts("admin_names", {
    help: "Names, beside localhost and addresses, under which the page may be reached. May be repeated.",
    argument: "NAME",
    isName: true,
  }),
  adminTokenFile: path("admin_token_file", {
    help: "File, mode 0600, with the token that lets the page of the bridge act: drain workers, run checks.",
  }),
  adminCommandFile: path("admin_command_file", {
    help: "The core's command_file, so that the page of the bridge can run a check now, with the token.",
  }),

  /** At least one, no duplicates. */
  servers: servers("server", {
    help: "Job servers in order of preference; at least one is needed. Port 4730 if none is given.",
  }),
  serverSpread: yesNo("server_spread", false, ON, {
    help: "Prefer another job server for each queue, not the first one for all.",
  }),
  dupservers: withoutEffect(servers("dupserver", { help: "Accepted for files shared with workers." }), {
    why: "workers send the copies",
    isForGood: true,
  }),
  ...tlsOptions,
  gearmanConnectionTimeoutMs: duration("gearman_connection_timeout", "milliseconds", {
    initial: 5000,
    help: "Milliseconds to connect and to get a submit answered; 0 = no limit.",
  }),
  encryption: yesNo("encryption", true, ON, { help: "Encrypt jobs and results with the key." }),
  /** Password bytes (key file rule applied), not yet cut or filled to 32. Present if `encryption` is on. */
  key: bytes("key", { help: "Password; the first 32 bytes count.", secret: true, aliases: ["password"] }),
  keyfile: path("keyfile", {
    help: "File whose first line is the password; beats key.",
    aliases: ["passwordfile"],
  }),
  acceptClearResults: yesNo("accept_clear_results", false, ON, {
    help: "Take unencrypted results too while encryption is on.",
  }),

  /** The choice of queues after the by-hand rule (neb-module.md 4.3). */
  hosts: yesNo("hosts", false, ON, { help: "Send host checks to queue host.", ...BY_HAND }),
  services: yesNo("services", false, ON, { help: "Send service checks to queue service.", ...BY_HAND }),
  eventhandler: yesNo("eventhandler", false, ON, {
    help: "Send event handlers to queue eventhandler.",
    ...BY_HAND,
    aliases: ["eventhandlers"],
  }),
  notifications: yesNo("notifications", false, ON, {
    help: "Send notifications to queue notification.",
    byHand: true,
    aliases: ["notification"],
  }),
  hostgroups: groups("hostgroups", "hostgroup_", {
    help: "Host groups with a queue of their own, hostgroup_NAME.",
    byHand: true,
    aliases: ["hostgroup"],
  }),
  servicegroups: groups("servicegroups", "servicegroup_", {
    help: "Service groups with a queue of their own, servicegroup_NAME.",
    byHand: true,
    aliases: ["servicegroup"],
  }),
  localhostgroups: groups("localhostgroups", "", {
    help: "Host groups whose checks the core runs itself.",
    aliases: ["localhostgroup"],
  }),
  localservicegroups: groups("localservicegroups", "", {
    help: "Service groups whose checks the core runs itself.",
    aliases: ["localservicegroup"],
  }),
  /** In upper case, as stored by the core, without the leading `_`. */
  queueCustomVariable: bytes("queue_custom_variable", {
    isName: true,
    help: "Custom variable of hosts and services that names their queue; letter case does not matter.",
  }),
  doHostchecks: yesNo("do_hostchecks", true, ON, { help: "No leaves all host checks to the core." }),
  routeEventhandlerLikeChecks: yesNo("route_eventhandler_like_checks", false, ON, {
    help: "Event handlers use the queue of their host or service.",
  }),
  useUniqJobs: yesNo("use_uniq_jobs", true, ON, {
    help: "A check that still waits is not queued a second time.",
  }),

  resultQueue: bytesOr("result_queue", "check_results", {
    help: "Queue that results come back on.",
    isName: true,
  }),
  resultWorkers: number("result_workers", {
    initial: 1,
    max: 100,
    complain: "result_workers: <value> is not a number from 0 to 100, the nearest one is used",
    help: "Connections to each job server that fetch results, at most 100; 0 = results are not fetched.",
  }),

  perfdata: perfdataQueues("perfdata", {
    help: "Send performance data to queue perfdata (yes) or to the queues named.",
    byHand: true,
  }),
  perfdataSendAll: yesNo("perfdata_send_all", false, OFF, {
    help: "Also for objects that have performance data processing switched off.",
  }),
  /** 1 overwrite (unique per object), 2 append; 0 means 2. */
  perfdataMode: number("perfdata_mode", {
    initial: 1,
    max: 2,
    low: 1,
    high: 1,
    complain: "Warning: unknown perfdata_mode: <value>",
    help: "1: while data of an object waits, newer data of it is discarded, 2: everything is kept.",
    argument: "1|2",
  }),
  hostPerfdataTemplate: bytesOr("host_perfdata_template", HOST_TEMPLATE, {
    ...TEMPLATE,
    help: "Text of a host's performance data; \\t, \\r and \\n are escapes.",
  }),
  servicePerfdataTemplate: bytesOr("service_perfdata_template", SERVICE_TEMPLATE, {
    ...TEMPLATE,
    help: "The same for services.",
  }),

  orphanHostChecks: yesNo("orphan_host_checks", true, ON, {
    help: "A host check that the core gave up is submitted again and has the state orphan_return meanwhile.",
  }),
  orphanServiceChecks: yesNo("orphan_service_checks", true, ON, { help: "The same for service checks." }),
  orphanReturn: stateNumber("orphan_return", {
    initial: 2,
    complain: "Warning: unknown orphan_return: <value>",
    help: "State of a check that the core gave up.",
  }),
  latencyFlattenWindowSeconds: duration("latency_flatten_window", "seconds", {
    initial: 30,
    help: "Spread checks with latency over at most this many seconds; 0 = off.",
  }),
  internalCheckDummy: yesNo("internal_check_dummy", true, ON, {
    help: "Answer check_dummy commands without a job.",
  }),
  debugResult: withoutEffect(yesNo("debug_result", false, ON, { help: "" }), {
    why: "it had one in debug builds of the original only",
    isForGood: true,
    metBy: false,
  }),
  exports: exportRules("export", { help: "Send events of the core as JSON to a queue." }),

  bridgeSocket: path("bridge_socket", {
    help: "Unix socket of a bridge that runs as a service; without it the module starts the bridge.",
  }),
  bridgeCommand: path("bridge_command", {
    help: "Program to start as bridge.",
    default: "set when the module is built",
    moduleLineOnly: true,
  }),
  bridgeArgs: texts("bridge_arg", {
    help: "Argument for that program; may be repeated.",
    moduleLineOnly: true,
  }),
  bridgeInstance: bytes("bridge_instance", {
    help: "Name of this core where several share a machine.",
    isName: true,
    moduleLineOnly: true,
  }),
  layoutDir: path("layout_dir", {
    help: "Folder of layout files for cores that the module does not know.",
    default: "mod_gearman.d beside the module",
    moduleLineOnly: true,
  }),
  orphanNoWorkerAfterSeconds: duration("orphan_no_worker_after", "seconds", {
    initial: 300,
    help: "Checks that wait in a queue without a worker for this many seconds get the orphan result; 0 = off.",
  }),
  stickyPlugins: groups("sticky_plugins", "", {
    help: "Plugins that keep state in files: their services go back to the worker that ran them last, if it has sticky_state.",
  }),
  checksWhenAway: word("checks_when_away", ["hold", "local"], {
    initial: "hold",
    anyCase: true,
    complain: "unknown checks_when_away: <value>, using hold",
    help: "Checks while the bridge is away: not run, or run by the core.",
  }),
  eventhandlersWhenAway: word("eventhandlers_when_away", ["local", "keep"], {
    initial: "local",
    anyCase: true,
    complain: "unknown eventhandlers_when_away: <value>, using local",
    help: "Event handlers while the bridge is away: run by the core, or kept until it is back.",
  }),
  notificationsWhenAway: word("notifications_when_away", ["local", "keep"], {
    initial: "local",
    anyCase: true,
    complain: "unknown notifications_when_away: <value>, using local",
    help: "Notifications while the bridge is away: run by the core, or kept until it is back.",
  }),
  envelope: word("envelope", ENVELOPES, {
    protects: "everywhere",
    initial: "legacy",
    anyCase: true,
    refuse: "one of 'legacy', 'both' and 'v2' is needed",
    help: "Form of payloads: that of the originals, both, or only the sealed second version.",
  }),
  envelopeMasterFile: path("envelope_master_file", {
    protects: "everywhere",
    help: "File with the master secret of version 2; needed unless envelope is legacy.",
  }),
  envelopeIdentitiesFile: path("envelope_identities_file", {
    protects: "everywhere",
    help: "List of workers and senders with what they may do, and of revoked ones.",
  }),
  envelopeQueues: groups("envelope_queues", "", {
    protects: "everywhere",
    help: "Queues whose jobs are sealed in version 2 while envelope is both; a * at the end stands for any name.",
  }),
  enrollDir: path("enroll_dir", {
    refuseEmpty: "enroll_dir: the value is empty",
    help: "Folder for tickets of mod_gearman_enroll, which the bridge answers then; needs envelope_identities_file.",
  }),
  enrollQueue: bytesOr("enroll_queue", "mod_gearman_enroll", {
    isName: true,
    help: "Queue on which machines ask the bridge for their keys.",
  }),
  enrollAlarmHost: bytes("enroll_alarm_host", {
    isName: true,
    help: "Host of the core that gets a critical passive result when a ticket is redeemed a second time.",
  }),
  enrollAlarmService: bytesOr("enroll_alarm_service", "mod_gearman_enroll", {
    isName: true,
    help: "Service of that host that gets it.",
  }),
  nextCheckLine: yesNo("next_check_line", false, ON, {
    help: "Put the next_check line of old versions into check jobs.",
  }),
  workerTimes: yesNo("worker_times", false, OFF, {
    help: "Ask workers for the times at which they had a job and sent its result; other workers ignore it.",
  }),
});

/** Settings of the broker module and its bridge. Names, queues and templates are the bytes of the file. */
export interface ModuleOptions extends Options<z.infer<typeof moduleSchema>> {
  /** Content of `envelope_master_file`, which is valid; absent if `envelope` is legacy. */
  readonly masterFile?: Buffer;
  /** Content of `envelope_identities_file`, which is valid. */
  readonly identities?: Buffer;
}

/** One `export=` line: core events and their queue. Source: neb-module.md 2.10. */
export type ExportRule = ModuleOptions["exports"][number];

programRegistry.add(moduleSchema, { file: "module.conf" });
