import { excerpt } from "./excerpt.ts";
import {
  type About,
  BadValue,
  bytes,
  bytesOr,
  type Field,
  field,
  groups,
  lastText,
  path,
  servers,
  text,
  texts,
  word,
} from "./fields.ts";
import type { ProgramHelp } from "./help.ts";
import { toBytes, toUtf8 } from "./latin1.ts";
import { withoutEffect } from "./no-effect.ts";
import type { OptionSchema } from "./program.ts";
import { duration, type NumberRule, number, parseYesNo, size, yesNo } from "./scalars.ts";

const isOff = (value: boolean): boolean => !value;
/** A switch without value is on, one with an unknown word off (worker.md 1.2, D6). */
const YES_NO = { bare: true, other: false };
/** A value that is no number is an error. */
const count = (initial: number, rule: Partial<NumberRule> = {}): NumberRule => ({
  initial,
  min: 0,
  strict: true,
  ...rule,
});
const LOG_MODES = ["automatic", "file", "stdout", "syslog"] as const;
const NAME_IN_RESULT = ["off", "on", "pre_perfdata"] as const;
/** The set of the C worker; backslashes are not in it, arguments like `C:\` are common. */
const FORBIDDEN = "$&();<>`\"'|";
/** GO ignores this value, which packages leave in files of systems without a pid file. */
const PIDFILE_PLACEHOLDER = "%PIDFILE%";

/** Too little for any program to start is taken for a missing unit. */
const LIMIT_MEMORY = { min: 1_048_576, off: true };
const SPOOL_SIZE = { min: 65_536, off: false };

/** `user` or `user:group`, by name or number. */
function runAs(about: About): Field<string | undefined> {
  return field({ argument: "USER[:GROUP]", ...about }, (given) => {
    const last = lastText(given);
    if (last === undefined || /^[^:\s]+(?::[^:\s]+)?$/.test(last.text)) {
      return last === undefined ? undefined : toUtf8(last.text);
    }
    throw new BadValue(`run_as: '${excerpt(last.text)}' is not a user or user:group`, last.where);
  });
}

/** A folder; a word for no switches spooling off. */
function spoolFolder(about: About): Field<string | false | undefined> {
  return field<string | false | undefined>({ argument: "PATH|off", ...about }, (given) => {
    const last = lastText(given)?.text;
    if (last === undefined) return undefined;
    return parseYesNo(last) === false ? false : toUtf8(last);
  });
}

/** Options of the worker. Source: worker.md 1.3. */
export const workerSchema = {
  config: texts(
    {
      help: "Read this file, or all .cfg and .conf files of this folder, at this place.",
      argument: "PATH",
      aliases: ["configfile", "include"],
    },
    { commas: false },
  ),
  identifier: bytes({
    isName: true,
    help: "Name of this worker in its status queue and in results.",
    default: "the host name",
  }),
  debug: number(count(0, { max: 3 }), { help: "Log level: 0 info, 1 debug, 2 trace, 3 trace to stderr." }),
  logmode: word(
    LOG_MODES,
    "automatic",
    { help: "Where log lines go; automatic is file if logfile is set, else stdout." },
    (value) => `unknown log mode '${value}', use one of 'automatic', 'file', 'stdout' and 'syslog'`,
  ),
  logfile: path({ help: "Log file; stderr is the standard error output." }),
  "debug-result": yesNo(false, YES_NO, { help: "Put the host name in front of every output." }),
  daemon: yesNo(false, YES_NO, { help: "Run in the background.", aliases: ["d"] }),
  pidfile: field({ help: "File for the process id.", argument: "PATH" }, (given) => {
    const last = given.entries.at(-1)?.text;
    return last === undefined || last === "" || last === PIDFILE_PLACEHOLDER
      ? undefined
      : toBytes(last).toString();
  }),

  server: servers(
    { help: "Job servers, all used at once; at least one is needed. Port 4730 if none is given." },
    { strict: true },
  ),
  dupserver: servers({ help: "Job servers that get a copy of every result." }, { strict: true }),
  encryption: yesNo(true, YES_NO, { help: "Expect encrypted jobs and encrypt results." }),
  key: bytes({ help: "Password; the first 32 bytes count.", secret: true, aliases: ["password"] }),
  keyfile: path({ help: "File whose first line is the password; beats key.", aliases: ["passwordfile"] }),

  hosts: yesNo(false, YES_NO, { help: "Work on queue host." }),
  services: yesNo(false, YES_NO, { help: "Work on queue service." }),
  eventhandler: yesNo(false, YES_NO, { help: "Work on queue eventhandler.", aliases: ["eventhandlers"] }),
  notifications: yesNo(false, YES_NO, { help: "Work on queue notification.", aliases: ["notification"] }),
  hostgroups: groups("hostgroup_", { help: "Work on queue hostgroup_NAME.", aliases: ["hostgroup"] }),
  servicegroups: groups("servicegroup_", {
    help: "Work on queue servicegroup_NAME.",
    aliases: ["servicegroup"],
  }),

  "max-age": duration("seconds", count(0), {
    help: "Seconds after which a waiting job is not run any more; 0 = off.",
  }),
  job_timeout: duration("seconds", count(60, { min: 1 }), {
    help: "Seconds for jobs that carry no timeout.",
  }),
  timeout_return: number(
    count(3, { max: 3, low: 3, high: 3, complain: (value) => `Warning: unknown timeout_return: ${value}` }),
    { help: "State of a check that timed out.", argument: "0|1|2|3" },
  ),

  "min-worker": number(count(1, { min: 1 }), { help: "Slots that are always there." }),
  "max-worker": number(count(20, { min: 1 }), { help: "Most slots; raised to min-worker if lower." }),
  "idle-timeout": duration("seconds", count(10, { low: 10 }), {
    help: "Seconds after which an unused slot goes.",
  }),
  "max-jobs": withoutEffect(number(count(1000, { low: 1000 }), { help: "" }), {
    why: "slots need no renewal",
    isForGood: true,
    isMet: (jobs) => jobs === 0,
  }),
  "spawn-rate": number(count(3, { min: 1 }), { help: "New slots per second." }),
  "sink-rate": number(count(1), { help: "Slots that may go per second; 0 and below = as spawn-rate." }),
  "num-result-worker": number(count(0), {
    help: "Results sent and not yet answered, at most; 0 = automatic.",
  }),
  "backgrounding-threshold": duration("seconds", count(30), {
    help: "Seconds after which a long check frees its slot; 0 = off.",
  }),
  load_cpu_multi: number(count(2.5, { fraction: true }), {
    help: "Load limits that are 0 become this times the CPUs; 0 = off.",
  }),
  load_limit1: number(count(0, { fraction: true }), { help: "No new slots above this 1 minute load." }),
  load_limit5: number(count(0, { fraction: true }), { help: "No new slots above this 5 minute load." }),
  load_limit15: number(count(0, { fraction: true }), { help: "No new slots above this 15 minute load." }),
  mem_limit: number(count(70), { help: "No new slots at this memory use in per cent; 0 = off." }),

  show_error_output: yesNo(true, YES_NO, { help: "Add what a failing check wrote to stderr." }),
  worker_name_in_result: word(
    NAME_IN_RESULT,
    "off",
    { help: "Show the identifier in outputs: in front, or before the performance data." },
    (value) => `unknown worker_name_in_result: ${value}, using off`,
  ),
  dup_results_are_passive: yesNo(true, YES_NO, { help: "Copies for dupserver are passive results." }),
  dupserver_backlog_queue_size: number(count(1000), { help: "Results kept for a dupserver that is away." }),
  restrict_path: texts(
    {
      help: "Run only programs from this folder; may be repeated.",
      argument: "PATH",
      aliases: ["restrictpath"],
    },
    { commas: false },
  ),
  restrict_command_characters: bytesOr(FORBIDDEN, {
    help: "Characters refused in command lines while restrict_path is set.",
  }),
  workaround_rc_25: yesNo(false, YES_NO, {
    help: "Send no result of a plugin that ends with exit code 25; its job is answered.",
  }),
  fork_on_exec: withoutEffect(yesNo(false, YES_NO, { help: "" }), {
    why: "every plugin is a process of its own",
    isForGood: true,
    isMet: isOff,
  }),
  gearman_connection_timeout: duration("milliseconds", count(5000), {
    help: "Milliseconds to connect and to get a result accepted; 0 = no limit.",
  }),

  enable_embedded_perl: yesNo(false, YES_NO, {
    help: "Run Perl plugins with a line '# nagios: +epn' in a server that compiles them once.",
  }),
  use_embedded_perl_implicitly: yesNo(false, YES_NO, {
    help: "With enable_embedded_perl also Perl plugins that say nothing about it.",
  }),
  use_perl_cache: yesNo(true, YES_NO, { help: "Keep embedded Perl plugins compiled between two runs." }),
  p1_file: path({
    help: "Script of the server for embedded Perl; one that belongs to another worker is not used.",
    default: "the one that comes with the worker",
  }),
  internal_negate: yesNo(true, YES_NO, { help: "Do the work of the negate plugin inside the worker." }),
  internal_check_dummy: yesNo(true, YES_NO, { help: "Do the work of check_dummy inside the worker." }),
  internal_check_nsc_web: yesNo(true, YES_NO, { help: "Do the work of check_nsc_web inside the worker." }),
  internal_check_prometheus: yesNo(true, YES_NO, {
    help: "Do the work of check_prometheus inside the worker.",
  }),
  prometheus_server: text({
    help: "Address on which metrics are served.",
    argument: "HOST:PORT",
    isName: true,
  }),

  limit_cpu_seconds: duration("seconds", count(0, { max: 86_400 }), {
    help: "Processor seconds a plugin may use; 0 = as the system says.",
  }),
  limit_memory: size("0", LIMIT_MEMORY, {
    help:
      "Memory a plugin may use: in all with a delegated cgroup v2, else address space per process; " +
      "0 = as the system says.",
  }),
  limit_open_files: number(count(0, { max: 1_048_576 }), {
    help: "Files a plugin may have open; 0 = as the system says.",
  }),
  run_as: runAs({ help: "User, and group, that plugins run as; needs root." }),
  sticky_state: yesNo(false, YES_NO, {
    help: "Announce a queue of this worker alone, for plugins that keep state in files.",
  }),
  result_spool: spoolFolder({
    help: "Folder for results while no job server is there.",
    default: "automatic",
  }),
  result_spool_size: size("64M", SPOOL_SIZE, { help: "Most bytes kept in that folder." }),
  allow_drain_job: yesNo(false, YES_NO, {
    help: "Obey the job that asks this worker to finish and take no more.",
  }),
} as const satisfies OptionSchema;

export const workerHelp: ProgramHelp = {
  usage: [
    "mod_gearman_worker [--OPTION[=VALUE]]...",
    "mod_gearman_worker [--OPTION[=VALUE]]... testcmd COMMAND [ARGUMENT]...",
  ],
  dashes: "--",
  schema: workerSchema,
  switches: [
    { words: ["--check-config"], help: "Show the settings in effect, then end." },
    { words: ["-h", "--help"], help: "Show this text." },
    { words: ["-V", "--version"], help: "Show the version." },
  ],
};
