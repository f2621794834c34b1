import type { ForeignKey } from "./program.ts";

/*
 * A list and not the tables of module and worker, with which a sender would start slower. A test compares.
 */
const NAMES =
  "accept_clear_results allow_drain_job backgrounding_threshold bridge_arg bridge_command " +
  "bridge_instance bridge_socket checks_when_away cpuprofile daemon debug_profiler debug_result " +
  "do_hostchecks dup_results_are_passive dupserver_backlog_queue_size enable_embedded_perl eventhandler " +
  "eventhandlers eventhandlers_when_away export fork_on_exec host_perfdata_template hostgroup " +
  "hostgroups hosts identifier idle_timeout internal_check_dummy internal_check_nsc_web " +
  "internal_check_prometheus internal_negate job_timeout latency_flatten_window layout_dir limit_cpu_seconds " +
  "limit_memory limit_open_files load_cpu_multi load_limit1 load_limit15 load_limit5 localhostgroup " +
  "localhostgroups localservicegroup localservicegroups log_stats_interval logfile logmode max_age " +
  "max_jobs max_worker mem_limit memprofile min_worker next_check_line notification notifications " +
  "notifications_when_away num_result_worker orphan_host_checks orphan_no_worker_after orphan_return orphan_service_checks p1_file perfdata " +
  "perfdata_mode perfdata_send_all pidfile prometheus_server queue_custom_variable " +
  "restrict_command_characters restrict_path restrictpath result_spool result_spool_size result_workers " +
  "route_eventhandler_like_checks run_as server_spread service_perfdata_template servicegroup servicegroups services " +
  "show_error_output sink_rate spawn_rate sticky_plugins sticky_state timeout_return use_embedded_perl_implicitly " +
  "use_perl_cache use_uniq_jobs workaround_rc_25 worker_name_in_result";

/** Keys of module and worker, so that a sender can read their files: accepted silently. Source: tools.md 4. */
export const foreignToSender: readonly ForeignKey[] = [{ names: NAMES.split(" "), bare: true }];
