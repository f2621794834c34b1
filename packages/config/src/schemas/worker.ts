import { z } from "zod";
import type { Options } from "../option-row.ts";
import {
  bytes,
  bytesOfLoader,
  bytesOr,
  config,
  duration,
  groups,
  number,
  optional,
  path,
  pathOrOff,
  servers,
  size,
  stateNumber,
  text,
  texts,
  word,
  yesNo,
} from "./kinds.ts";
import { programRegistry, SWITCHES, withoutEffect } from "./registry.ts";
import { tlsOptions } from "./tls.ts";

/** A switch without value is on, one with an unknown word off (worker.md 1.2, D6). */
const YES_NO = { bare: true, other: false };
/** Text that is not a number is an error. */
const strict = true;
const fraction = true;
const ENVELOPES = ["legacy", "both", "v2"] as const;
const LOG_MODES = ["automatic", "file", "stdout", "syslog"] as const;
const NAME_IN_RESULT = ["off", "on", "pre_perfdata"] as const;
/** The set of the C worker without the backslash, as arguments like `C:\` are common. */
const FORBIDDEN = "$&();<>`\"'|";
/** GO ignores this value, which packages leave in files on systems without a pid file. */
const PIDFILE_PLACEHOLDER = "%PIDFILE%";

/** Less than any program needs to start: treated as a missing unit. */
const LIMIT_MEMORY = { min: 1_048_576, mayBeOff: true } as const;
const SPOOL_SIZE = { min: 65_536 };

/** Source: worker.md 1.3. */
export const workerSchema = z.strictObject({
  config: config(),
  identifier: bytesOfLoader("identifier", {
    isName: true,
    help: "Name of this worker in its status queue and in results.",
    default: "the host name",
  }),
  debug: number("debug", {
    initial: 0,
    max: 3,
    strict,
    help: "Log level: 0 info, 1 debug, 2 trace, 3 trace to stderr.",
  }),
  logmode: word("logmode", LOG_MODES, {
    initial: "automatic",
    anyCase: true,
    complain: "unknown log mode '<value>', use one of 'automatic', 'file', 'stdout' and 'syslog'",
    help: "Where log lines go; automatic is file if logfile is set, else stdout.",
  }),
  logfile: path("logfile", { help: "Log file; stderr is the standard error output." }),
  debugResult: yesNo("debug-result", false, YES_NO, { help: "Put the host name in front of every output." }),
  daemon: yesNo("daemon", false, YES_NO, { help: "Run in the background.", aliases: ["d"] }),
  pidfile: text("pidfile", {
    help: "File for the process id.",
    argument: "PATH",
    placeholder: PIDFILE_PLACEHOLDER,
  }),

  /** At least one, no duplicates. */
  servers: servers("server", {
    strict,
    help: "Job servers, all used at once; at least one is needed. Port 4730 if none is given.",
  }),
  dupservers: servers("dupserver", { strict, help: "Job servers that get a copy of every result." }),
  ...tlsOptions,
  encryption: yesNo("encryption", true, YES_NO, { help: "Expect encrypted jobs and encrypt results." }),
  /** Password bytes (key file rule applied), not yet cut or filled to 32. Present if `encryption` is on. */
  key: bytes("key", { help: "Password; the first 32 bytes count.", secret: true, aliases: ["password"] }),
  keyfile: path("keyfile", {
    help: "File whose first line is the password; beats key.",
    aliases: ["passwordfile"],
  }),

  envelope: word("envelope", ENVELOPES, {
    protects: "everywhere",
    initial: "legacy",
    anyCase: true,
    refuse: "one of 'legacy', 'both' and 'v2' is needed",
    help: "Form of payloads: that of the originals, both, or only the sealed second version.",
  }),
  envelopeIdentityFile: path("envelope_identity_file", {
    protects: "everywhere",
    help: "File with name and keys of this worker for version 2; needed unless envelope is legacy.",
  }),
  envelopeRenewIntervalSeconds: duration("envelope_renew_interval", "seconds", {
    initial: 0,
    help: "Seconds between questions to the bridge for new keys, which are written into that file; 0 = never.",
  }),
  enrollQueue: bytesOr("enroll_queue", "mod_gearman_enroll", {
    isName: true,
    help: "Queue on which the bridge is asked for keys.",
  }),

  hosts: yesNo("hosts", false, YES_NO, { help: "Work on queue host." }),
  services: yesNo("services", false, YES_NO, { help: "Work on queue service." }),
  eventhandler: yesNo("eventhandler", false, YES_NO, {
    help: "Work on queue eventhandler.",
    aliases: ["eventhandlers"],
  }),
  notifications: yesNo("notifications", false, YES_NO, {
    help: "Work on queue notification.",
    aliases: ["notification"],
  }),
  hostgroups: groups("hostgroups", "hostgroup_", {
    help: "Work on queue hostgroup_NAME.",
    aliases: ["hostgroup"],
  }),
  servicegroups: groups("servicegroups", "servicegroup_", {
    help: "Work on queue servicegroup_NAME.",
    aliases: ["servicegroup"],
  }),

  maxAgeSeconds: duration("max-age", "seconds", {
    initial: 0,
    strict,
    help: "Seconds after which a waiting job is not run any more; 0 = off.",
  }),
  jobTimeoutSeconds: duration("job_timeout", "seconds", {
    initial: 60,
    min: 1,
    strict,
    help: "Seconds for jobs that carry no timeout.",
  }),
  timeoutReturn: stateNumber("timeout_return", {
    initial: 3,
    strict,
    complain: "Warning: unknown timeout_return: <value>",
    help: "State of a check that timed out.",
  }),

  minWorker: number("min-worker", { initial: 1, min: 1, strict, help: "Slots that are always there." }),
  maxWorker: number("max-worker", {
    initial: 20,
    min: 1,
    strict,
    help: "Most slots; raised to min-worker if lower.",
  }),
  idleTimeoutSeconds: duration("idle-timeout", "seconds", {
    initial: 10,
    low: 10,
    strict,
    help: "Seconds after which an unused slot goes.",
  }),
  maxJobs: withoutEffect(number("max-jobs", { initial: 1000, low: 1000, strict, help: "" }), {
    why: "slots need no renewal",
    isForGood: true,
    metBy: 0,
  }),
  spawnRate: number("spawn-rate", { initial: 3, min: 1, strict, help: "New slots per second." }),
  sinkRate: number("sink-rate", {
    initial: 1,
    strict,
    help: "Slots that may go per second; 0 and below = as spawn-rate.",
  }),
  numResultWorker: number("num-result-worker", {
    initial: 0,
    strict,
    help: "Results sent and not yet answered, at most; 0 = automatic.",
  }),
  backgroundingThresholdSeconds: duration("backgrounding-threshold", "seconds", {
    initial: 30,
    strict,
    help: "Seconds after which a long check frees its slot; 0 = off.",
  }),
  /** Multiplied by the worker. */
  loadCpuMulti: number("load_cpu_multi", {
    initial: 2.5,
    fraction,
    strict,
    help: "Load limits that are 0 become this times the CPUs; 0 = off.",
  }),
  loadLimit1: number("load_limit1", {
    initial: 0,
    fraction,
    strict,
    help: "No new slots above this 1 minute load.",
  }),
  loadLimit5: number("load_limit5", {
    initial: 0,
    fraction,
    strict,
    help: "No new slots above this 5 minute load.",
  }),
  loadLimit15: number("load_limit15", {
    initial: 0,
    fraction,
    strict,
    help: "No new slots above this 15 minute load.",
  }),
  memLimitPercent: number("mem_limit", {
    initial: 70,
    strict,
    help: "No new slots at this memory use in per cent; 0 = off.",
  }),

  showErrorOutput: yesNo("show_error_output", true, YES_NO, {
    help: "Add what a failing check wrote to stderr.",
  }),
  workerNameInResult: word("worker_name_in_result", NAME_IN_RESULT, {
    initial: "off",
    anyCase: true,
    complain: "unknown worker_name_in_result: <value>, using off",
    help: "Show the identifier in outputs: in front, or before the performance data.",
  }),
  dupResultsArePassive: yesNo("dup_results_are_passive", true, YES_NO, {
    help: "Copies for dupserver are passive results.",
  }),
  dupserverBacklogQueueSize: number("dupserver_backlog_queue_size", {
    initial: 1000,
    strict,
    help: "Results kept for a dupserver that is away.",
  }),
  restrictPath: texts("restrict_path", {
    protects: "everywhere",
    help: "Run only programs from this folder; may be repeated.",
    argument: "PATH",
    aliases: ["restrictpath"],
  }),
  restrictCommandCharacters: bytesOr("restrict_command_characters", FORBIDDEN, {
    help: "Characters refused in command lines while restrict_path is set.",
  }),
  workaroundRc25: yesNo("workaround_rc_25", false, YES_NO, {
    help: "Send no result of a plugin that ends with exit code 25; its job is answered.",
  }),
  forkOnExec: withoutEffect(yesNo("fork_on_exec", false, YES_NO, { help: "" }), {
    why: "every plugin is a process of its own",
    isForGood: true,
    metBy: false,
  }),
  gearmanConnectionTimeoutMs: duration("gearman_connection_timeout", "milliseconds", {
    initial: 5000,
    strict,
    help: "Milliseconds to connect and to get a result accepted; 0 = no limit.",
  }),

  enableEmbeddedPerl: yesNo("enable_embedded_perl", false, YES_NO, {
    help: "Run Perl plugins with a line '# nagios: +epn' in a server that compiles them once.",
  }),
  useEmbeddedPerlImplicitly: yesNo("use_embedded_perl_implicitly", false, YES_NO, {
    help: "With enable_embedded_perl also Perl plugins that say nothing about it.",
  }),
  usePerlCache: yesNo("use_perl_cache", true, YES_NO, {
    help: "Keep embedded Perl plugins compiled between two runs.",
  }),
  p1File: path("p1_file", {
    help: "Script of the server for embedded Perl; one that belongs to another worker is not used.",
    default: "the one that comes with the worker",
  }),
  internalNegate: yesNo("internal_negate", true, YES_NO, {
    help: "Do the work of the negate plugin inside the worker.",
  }),
  internalCheckDummy: yesNo("internal_check_dummy", true, YES_NO, {
    help: "Do the work of check_dummy inside the worker.",
  }),
  internalCheckNscWeb: yesNo("internal_check_nsc_web", true, YES_NO, {
    help: "Do the work of check_nsc_web inside the worker.",
  }),
  internalCheckPrometheus: yesNo("internal_check_prometheus", true, YES_NO, {
    help: "Do the work of check_prometheus inside the worker.",
  }),
  prometheusServer: text("prometheus_server", {
    help: "Address on which metrics are served.",
    argument: "HOST:PORT",
    isName: true,
  }),

  limitCpuSeconds: optional(
    duration("limit_cpu_seconds", "seconds", {
      initial: 0,
      max: 86_400,
      strict,
      help: "Processor seconds a plugin may use; 0 = as the system says.",
    }),
  ),
  limitMemoryBytes: optional(
    size("limit_memory", "0", {
      ...LIMIT_MEMORY,
      help:
        "Memory a plugin may use: in all with a delegated cgroup v2, else address space per process; " +
        "0 = as the system says.",
    }),
  ),
  limitOpenFiles: optional(
    number("limit_open_files", {
      initial: 0,
      max: 1_048_576,
      strict,
      help: "Files a plugin may have open; 0 = as the system says.",
    }),
  ),
  runAs: text("run_as", {
    protects: "everywhere",
    help: "User, and group, that plugins run as; needs root.",
    argument: "USER[:GROUP]",
    pattern: "^[^:\\s]+(?::[^:\\s]+)?$",
    refuse: "run_as: '<value>' is not a user or user:group",
  }),
  stickyState: yesNo("sticky_state", false, YES_NO, {
    help: "Announce a queue of this worker alone, for plugins that keep state in files.",
  }),
  /** Absent: the worker chooses. */
  resultSpool: pathOrOff("result_spool", {
    help: "Folder for results while no job server is there.",
    default: "automatic",
  }),
  resultSpoolBytes: size("result_spool_size", "64M", {
    ...SPOOL_SIZE,
    help: "Most bytes kept in that folder.",
  }),
  stopTimeoutSeconds: duration("stop_timeout", "seconds", {
    initial: 5,
    strict,
    help: "Seconds that running checks have to end after the signal TERM.",
  }),
  healthFile: path("health_file", {
    help: "File with one line about this worker, written at every change and every 10 seconds: ready, draining, or why not ready.",
  }),
  allowDrainJob: yesNo("allow_drain_job", false, YES_NO, {
    help: "Obey the job that asks this worker to finish and take no more.",
  }),
});

export interface WorkerOptions extends Options<z.infer<typeof workerSchema>> {
  /** Queues to register, without the status queue, in the order of worker.md 2.1. A new array per call. */
  functions(): Buffer[];
  /** Content of `envelope_identity_file`, which is valid; absent if `envelope` is legacy. */
  readonly identityFile?: Buffer;
}

programRegistry.add(workerSchema, {
  file: "mod_gearman_worker.conf",
  usage: [
    "mod_gearman_worker [--OPTION[=VALUE]]...",
    "mod_gearman_worker [--OPTION[=VALUE]]... testcmd COMMAND [ARGUMENT]...",
  ],
  switches: SWITCHES,
});
