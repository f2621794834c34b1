import { bytes, bytesOr, groups, path, servers, texts, word } from "./fields.ts";
import { exportRules, moduleLineOnly, perfdataQueues, resultWorkers, template } from "./module-fields.ts";
import { withoutEffect } from "./no-effect.ts";
import type { OptionSchema } from "./program.ts";
import { duration, type NumberRule, number, yesNo } from "./scalars.ts";

/** A switch without value, or with an unknown word, is on: the rule of the module (neb-module.md 4.1). */
const ON = { bare: true, other: true };
/** The exception to it. */
const OFF = { bare: false, other: false };
/** Bad numbers do not stop the module, because that could end the core. */
const count = (initial: number, rule: Partial<NumberRule> = {}): NumberRule => ({
  initial,
  min: 0,
  strict: false,
  ...rule,
});

const HOST_TEMPLATE =
  "DATATYPE::HOSTPERFDATA\\tTIMET::$TIMET$\\tHOSTNAME::$HOSTNAME$\\tHOSTPERFDATA::$HOSTPERFDATA$" +
  "\\tHOSTCHECKCOMMAND::$HOSTCHECKCOMMAND$\\tHOSTSTATE::$HOSTSTATE$\\tHOSTSTATETYPE::$HOSTSTATETYPE$";
const SERVICE_TEMPLATE =
  "DATATYPE::SERVICEPERFDATA\\tTIMET::$TIMET$\\tHOSTNAME::$HOSTNAME$\\tSERVICEDESC::$SERVICEDESC$" +
  "\\tSERVICEPERFDATA::$SERVICEPERFDATA$\\tSERVICECHECKCOMMAND::$SERVICECHECKCOMMAND$\\tHOSTSTATE::$HOSTSTATE$" +
  "\\tHOSTSTATETYPE::$HOSTSTATETYPE$\\tSERVICESTATE::$SERVICESTATE$\\tSERVICESTATETYPE::$SERVICESTATETYPE$";

const LOG_MODES = ["automatic", "file", "stdout", "syslog", "core"] as const;
const unknownLogMode = (value: string) =>
  `unknown log mode '${value}', use one of 'automatic', 'file', 'stdout', 'syslog' and 'core'`;
const isOff = (value: boolean): boolean => !value;
const NO_PERFDATA = "no performance data is put on a job server";
const NO_ORPHANS = "a lost check is noticed by the bridge and run again";
const byHandDefault = "no; yes if no queue is chosen at all";

/** Options of the broker module and its bridge. Source: neb-module.md 4.2; those at the end are ours. */
export const moduleSchema = {
  config: texts(
    {
      help: "Read this file, or all .cfg and .conf files of this folder, at this place.",
      argument: "PATH",
      aliases: ["configfile", "include"],
    },
    { commas: false },
  ),
  debug: number(count(0), { help: "Log level: 0 info, 1 debug, 2 and above trace." }),
  logmode: word(
    LOG_MODES,
    "automatic",
    { help: "Where log lines go; automatic is file if logfile is set, else core." },
    unknownLogMode,
  ),
  logfile: path({ help: "Log file." }),
  log_stats_interval: duration("seconds", count(60), {
    help: "Seconds between statistics lines in the log; 0 = off.",
  }),

  server: servers(
    { help: "Job servers in order of preference; at least one is needed. Port 4730 if none is given." },
    { strict: false },
  ),
  dupserver: withoutEffect(servers({ help: "Accepted for files shared with workers." }, { strict: false }), {
    why: "workers send the copies",
    isForGood: true,
  }),
  gearman_connection_timeout: duration("milliseconds", count(5000), {
    help: "Milliseconds to connect and to get a submit answered; 0 = no limit.",
  }),
  encryption: yesNo(true, ON, { help: "Encrypt jobs and results with the key." }),
  key: bytes({ help: "Password; the first 32 bytes count.", secret: true, aliases: ["password"] }),
  keyfile: path({ help: "File whose first line is the password; beats key.", aliases: ["passwordfile"] }),
  accept_clear_results: yesNo(false, ON, { help: "Take unencrypted results too while encryption is on." }),

  hosts: yesNo(false, ON, { help: "Send host checks to queue host.", byHand: true, default: byHandDefault }),
  services: yesNo(false, ON, {
    help: "Send service checks to queue service.",
    byHand: true,
    default: byHandDefault,
  }),
  eventhandler: yesNo(false, ON, {
    help: "Send event handlers to queue eventhandler.",
    byHand: true,
    default: byHandDefault,
    aliases: ["eventhandlers"],
  }),
  notifications: withoutEffect(
    yesNo(false, ON, {
      help: "Send notifications to queue notification.",
      byHand: true,
      aliases: ["notification"],
    }),
    { why: "the core itself runs notification commands", isMet: isOff },
  ),
  hostgroups: groups("hostgroup_", {
    help: "Host groups with a queue of their own, hostgroup_NAME.",
    byHand: true,
    aliases: ["hostgroup"],
  }),
  servicegroups: groups("servicegroup_", {
    help: "Service groups with a queue of their own, servicegroup_NAME.",
    byHand: true,
    aliases: ["servicegroup"],
  }),
  localhostgroups: groups("", {
    help: "Host groups whose checks the core runs itself.",
    aliases: ["localhostgroup"],
  }),
  localservicegroups: groups("", {
    help: "Service groups whose checks the core runs itself.",
    aliases: ["localservicegroup"],
  }),
  queue_custom_variable: bytes({
    isName: true,
    help: "Custom variable of hosts and services that names their queue; letter case does not matter.",
  }),
  do_hostchecks: yesNo(true, ON, { help: "No leaves all host checks to the core." }),
  route_eventhandler_like_checks: yesNo(false, ON, {
    help: "Event handlers use the queue of their host or service.",
  }),
  use_uniq_jobs: yesNo(true, ON, { help: "A check that still waits is not queued a second time." }),

  result_queue: bytesOr("check_results", { help: "Queue that results come back on.", isName: true }),
  result_workers: resultWorkers(count(1), {
    help: "0 = results are not fetched, else one connection to each job server fetches them.",
  }),

  perfdata: withoutEffect(
    perfdataQueues({
      help: "Send performance data to queue perfdata (yes) or to the queues named.",
      byHand: true,
    }),
    { why: NO_PERFDATA, isMet: (queues) => queues.length === 0 },
  ),
  perfdata_send_all: withoutEffect(
    yesNo(false, OFF, { help: "Also for objects that have performance data processing switched off." }),
    { why: NO_PERFDATA, isMet: isOff },
  ),
  perfdata_mode: withoutEffect(
    number(
      count(1, { max: 2, low: 1, high: 1, complain: (value) => `Warning: unknown perfdata_mode: ${value}` }),
      { help: "1: newer data replaces what still waits, 2: everything is kept.", argument: "1|2" },
    ),
    { why: NO_PERFDATA },
  ),
  host_perfdata_template: withoutEffect(
    template(HOST_TEMPLATE, { help: "Text of a host's performance data; \\t, \\r and \\n are escapes." }),
    { why: NO_PERFDATA },
  ),
  service_perfdata_template: withoutEffect(template(SERVICE_TEMPLATE, { help: "The same for services." }), {
    why: NO_PERFDATA,
  }),

  orphan_host_checks: withoutEffect(
    yesNo(true, ON, { help: "Give host checks that got lost a result of orphan_return." }),
    { why: NO_ORPHANS, isMet: isOff },
  ),
  orphan_service_checks: withoutEffect(yesNo(true, ON, { help: "The same for service checks." }), {
    why: NO_ORPHANS,
    isMet: isOff,
  }),
  orphan_return: withoutEffect(
    number(
      count(2, { max: 3, low: 2, high: 2, complain: (value) => `Warning: unknown orphan_return: ${value}` }),
      { help: "State of a lost check.", argument: "0|1|2|3" },
    ),
    { why: NO_ORPHANS },
  ),
  latency_flatten_window: withoutEffect(
    duration("seconds", count(30), {
      help: "Spread checks with latency over at most this many seconds; 0 = off.",
    }),
    { why: "no check is moved", isMet: (seconds) => seconds === 0 },
  ),
  internal_check_dummy: withoutEffect(
    yesNo(true, ON, { help: "Answer check_dummy commands without running them." }),
    { why: "check_dummy is a job for the workers, like every other plugin", isMet: isOff },
  ),
  debug_result: withoutEffect(yesNo(false, ON, { help: "" }), {
    why: "it had one in debug builds of the original only",
    isForGood: true,
    isMet: isOff,
  }),
  export: withoutEffect(exportRules({ help: "Send events of the core as JSON to a queue." }), {
    why: "no event is put on a job server",
  }),

  bridge_socket: path({
    help: "Unix socket of a bridge that runs as a service; without it the module starts the bridge.",
  }),
  bridge_command: moduleLineOnly(
    path({ help: "Program to start as bridge.", default: "set when the module is built" }),
  ),
  bridge_arg: moduleLineOnly(
    texts({ help: "Argument for that program; may be repeated." }, { commas: false }),
  ),
  bridge_instance: moduleLineOnly(
    bytes({ help: "Name of this core where several share a machine.", isName: true }),
  ),
  checks_when_away: word(
    ["hold", "local"],
    "hold",
    { help: "Checks while the bridge is away: not run, or run by the core." },
    (value) => `unknown checks_when_away: ${value}, using hold`,
  ),
  eventhandlers_when_away: word(
    ["local", "keep"],
    "local",
    { help: "Event handlers while the bridge is away: run by the core, or kept until it is back." },
    (value) => `unknown eventhandlers_when_away: ${value}, using local`,
  ),
  next_check_line: yesNo(false, ON, { help: "Put the next_check line of old versions into check jobs." }),
} as const satisfies OptionSchema;
