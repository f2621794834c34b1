import { trimSpace } from "./latin1.ts";
import type { ForeignKey } from "./program.ts";

const silent = (names: string[], bare = false): ForeignKey => ({ names, bare });
const debug = (name: string): ForeignKey => ({
  names: [name],
  bare: false,
  note: { level: "debug", text: "ignoring unsupported option '<key>'" },
});
const ignored = (name: string): ForeignKey => ({
  names: [name],
  bare: true,
  note: { level: "info", text: "option '<key>' has no effect" },
});

function refuseReturnCode(text: string): string | undefined {
  return /^[0-3]$/.test(trimSpace(text)) ? undefined : "returncode must be 0, 1, 2 or 3";
}

/** Keys of worker and senders in a file that the module reads. Source: neb-module.md 4.4. */
export const foreignToModule: readonly ForeignKey[] = [
  ...["daemon", "d", "fork_on_exec", "show_error_output", "dup_results_are_passive", "workaround_rc_25"].map(
    (name) => silent([name], true),
  ),
  ...["enable_embedded_perl", "use_embedded_perl_implicitly", "use_perl_cache", "active"].map((name) =>
    silent([name], true),
  ),
  ...["pidfile", "identifier", "job_timeout", "timeout", "t", "min-worker", "max-worker", "spawn-rate"].map(
    (name) => silent([name]),
  ),
  ...["idle-timeout", "max-jobs", "max-age", "load_limit1", "load_limit5", "load_limit15"].map((name) =>
    silent([name]),
  ),
  ...[
    "timeout_return",
    "message",
    "m",
    "delimiter",
    "host",
    "service",
    "latency",
    "starttime",
    "finishtime",
  ].map((name) => silent([name])),
  ...["p1_file", "restrict_path", "restrictpath", "restrict_command_characters"].map((name) =>
    silent([name]),
  ),
  { names: ["returncode", "return_code", "r"], bare: false, refuse: refuseReturnCode },
  ...["prometheus_server", "sink-rate", "backgrounding-threshold", "load_cpu_multi", "mem_limit"].map(debug),
  // Newer than the list of the original: what only our worker and the Go worker know.
  ...["num-result-worker", "dupserver_backlog_queue_size"].map((name) => silent([name])),
  ...["worker_name_in_result", "internal_negate", "internal_check_nsc_web", "internal_check_prometheus"].map(
    (name) => silent([name], true),
  ),
  ...["debug-profiler", "cpuprofile", "memprofile"].map((name) => silent([name])),
  // Our own worker's and senders' keys.
  ...["limit_cpu_seconds", "limit_memory", "limit_open_files", "run_as"].map((name) => silent([name])),
  ...["result_spool", "result_spool_size"].map((name) => silent([name])),
  ...["sticky_state", "allow_drain_job"].map((name) => silent([name], true)),
  ...["retries", "retry-interval", "spool", "spool_max"].map((name) => silent([name])),
];

/** Keys of module and senders in a file that the worker reads. Source: worker.md 1.3, last rows. */
export const foreignToWorker: readonly ForeignKey[] = [
  ...[
    "perfdata",
    "perfdata_send_all",
    "do_hostchecks",
    "route_eventhandler_like_checks",
    "use_uniq_jobs",
  ].map((name) => silent([name], true)),
  ...["orphan_host_checks", "orphan_service_checks", "accept_clear_results", "active"].map((name) =>
    silent([name], true),
  ),
  ...[
    "perfdata_mode",
    "result_queue",
    "result_workers",
    "queue_custom_variable",
    "export",
    "orphan_return",
  ].map((name) => silent([name])),
  ...["localhostgroups", "localhostgroup", "localservicegroups", "localservicegroup"].map((name) =>
    silent([name]),
  ),
  ...[
    "latency_flatten_window",
    "log_stats_interval",
    "host_perfdata_template",
    "service_perfdata_template",
  ].map((name) => silent([name])),
  ...[
    "timeout",
    "delimiter",
    "host",
    "service",
    "message",
    "returncode",
    "starttime",
    "finishtime",
    "latency",
  ].map((name) => silent([name])),
  ...["t", "m", "r", "return_code"].map((name) => silent([name])),
  ...["retries", "retry-interval", "spool", "spool_max"].map((name) => silent([name])),
  // Our module's own keys.
  ...["bridge_socket", "bridge_command", "bridge_arg", "bridge_instance"].map((name) => silent([name])),
  ...["checks_when_away", "eventhandlers_when_away"].map((name) => silent([name])),
  silent(["next_check_line"], true),
  ...["debug-profiler", "cpuprofile", "memprofile"].map(ignored),
];
