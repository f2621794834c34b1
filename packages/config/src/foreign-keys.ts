import { trimSpace } from "./latin1.ts";
import type { ForeignKey } from "./program.ts";

const silent = (names: string): ForeignKey => ({ names: names.split(" "), bare: false });
const silentSwitches = (names: string): ForeignKey => ({ names: names.split(" "), bare: true });
const noted = (names: string, bare: boolean, level: "info" | "debug", text: string): ForeignKey => ({
  names: names.split(" "),
  bare,
  note: { level, text },
});

function refuseReturnCode(text: string): string | undefined {
  return /^[0-3]$/.test(trimSpace(text)) ? undefined : "returncode must be 0, 1, 2 or 3";
}

/** Keys of worker and senders in a file that the module reads. Source: neb-module.md 4.4. */
export const foreignToModule: readonly ForeignKey[] = [
  silentSwitches("daemon d fork_on_exec show_error_output dup_results_are_passive workaround_rc_25"),
  silentSwitches("enable_embedded_perl use_embedded_perl_implicitly use_perl_cache active"),
  silent("pidfile identifier job_timeout timeout t min-worker max-worker spawn-rate idle-timeout max-jobs"),
  silent("max-age load_limit1 load_limit5 load_limit15 timeout_return message m delimiter host service"),
  silent("latency starttime finishtime p1_file restrict_path restrictpath restrict_command_characters"),
  { names: ["returncode", "return_code", "r"], bare: false, refuse: refuseReturnCode },
  noted(
    "sink-rate backgrounding-threshold load_cpu_multi mem_limit",
    false,
    "debug",
    "ignoring unsupported option '<key>'",
  ),
  // Newer than the list of the original: keys of our worker and the Go worker only.
  silent("num-result-worker dupserver_backlog_queue_size debug-profiler cpuprofile memprofile"),
  silentSwitches("worker_name_in_result internal_negate internal_check_nsc_web internal_check_prometheus"),
  // Keys of our own worker and senders.
  silent("limit_cpu_seconds limit_memory limit_open_files run_as result_spool result_spool_size"),
  silentSwitches("sticky_state allow_drain_job"),
  silent("retries retry-interval spool spool_max"),
];

/** Keys of module and senders in a file that the worker reads. Source: worker.md 1.3, last rows. */
export const foreignToWorker: readonly ForeignKey[] = [
  silentSwitches("perfdata perfdata_send_all do_hostchecks route_eventhandler_like_checks use_uniq_jobs"),
  silentSwitches("orphan_host_checks orphan_service_checks accept_clear_results active"),
  silent("perfdata_mode result_queue result_workers queue_custom_variable export orphan_return"),
  silent("localhostgroups localhostgroup localservicegroups localservicegroup latency_flatten_window"),
  silent(
    "log_stats_interval host_perfdata_template service_perfdata_template timeout delimiter host service",
  ),
  silent("message returncode starttime finishtime latency t m r return_code"),
  silent("retries retry-interval spool spool_max"),
  // Keys of our own module.
  silent("orphan_no_worker_after sticky_plugins"),
  silent(
    "bridge_socket bridge_command bridge_arg bridge_instance layout_dir checks_when_away eventhandlers_when_away",
  ),
  silent("notifications_when_away"),
  silentSwitches("next_check_line server_spread"),
  noted("debug-profiler cpuprofile memprofile", true, "info", "option '<key>' has no effect"),
];
