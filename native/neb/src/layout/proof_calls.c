/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proof_calls.h"

#include "core_symbols.h"

#define FUNCTION(member, by) MGM_FUNCTION_ROW(struct mgm_proof_calls, member, by)
#define VARIABLE(member, by) MGM_VARIABLE_ROW(struct mgm_proof_calls, member, by)

/* clang-format off */
static const struct mgm_symbol_row rows[] = {
	FUNCTION(fcache_host, MGM_BY_BOTH), FUNCTION(fcache_service, MGM_BY_BOTH),
	FUNCTION(add_custom_variable_to_object, MGM_BY_BOTH), FUNCTION(prepend_object_to_objectlist, MGM_BY_BOTH),
	FUNCTION(handle_async_service_check_result, MGM_BY_BOTH), FUNCTION(handle_async_host_check_result, MGM_BY_BOTH),
	FUNCTION(broker_service_check, MGM_BY_BOTH), FUNCTION(broker_host_check, MGM_BY_BOTH),
	FUNCTION(broker_event_handler, MGM_BY_BOTH), FUNCTION(broker_contact_notification_method_data, MGM_BY_BOTH),
	FUNCTION(broker_program_status, MGM_BY_BOTH), FUNCTION(broker_program_state, MGM_BY_BOTH),
	FUNCTION(broker_log_data, MGM_BY_BOTH), FUNCTION(broker_timed_event, MGM_BY_NAGIOS),
	FUNCTION(squeue_create, MGM_BY_NAGIOS),
	VARIABLE(hostgroup_list, MGM_BY_BOTH), VARIABLE(servicegroup_list, MGM_BY_BOTH), VARIABLE(command_list, MGM_BY_BOTH),
	VARIABLE(host_ary, MGM_BY_BOTH), VARIABLE(service_ary, MGM_BY_BOTH), VARIABLE(num_objects, MGM_BY_BOTH),
	VARIABLE(program_start, MGM_BY_BOTH), VARIABLE(event_start, MGM_BY_BOTH),
	VARIABLE(nagios_pid, MGM_BY_BOTH), VARIABLE(daemon_mode, MGM_BY_BOTH),
	VARIABLE(enable_notifications, MGM_BY_BOTH), VARIABLE(enable_event_handlers, MGM_BY_BOTH),
	VARIABLE(enable_flap_detection, MGM_BY_BOTH),
	VARIABLE(obsess_over_services, MGM_BY_BOTH), VARIABLE(obsess_over_hosts, MGM_BY_BOTH)
};
/* clang-format on */

const char *mgm_proof_calls_resolve(struct mgm_proof_calls *calls, const struct mgm_core *core)
{
	const char *missing = mgm_resolve(rows, sizeof(rows) / sizeof(rows[0]), core->family, calls);

	/* GLib is another object, so the same-object rule does not apply; a core without it passes NULL on. */
	if (core->family == MGM_NAEMON)
		*(void **)&calls->tree_new = mgm_symbol("g_tree_new");
	return missing;
}

void mgm_proof_calls_silence(const struct mgm_proof_calls *calls, const struct mgm_core *core)
{
	*calls->enable_notifications = 0;
	*calls->enable_event_handlers = 0;
	*calls->enable_flap_detection = 0;
	*calls->obsess_over_services = 0;
	*calls->obsess_over_hosts = 0;
	*core->process_performance_data = 0;
	*core->event_broker_options = 0;
}
