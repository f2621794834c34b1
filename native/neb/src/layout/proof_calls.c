/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proof_child.h"

#include <string.h>

#include "core_symbols.h"

enum need { ANY, ONLY_NAEMON, ONLY_NAGIOS };

struct row {
	const char *name;
	size_t slot;
	enum need need;
	bool variable;
};

#define FUNCTION(member, need) { #member, offsetof(struct mgm_proof_calls, member), need, false }
#define VARIABLE(member, need) { #member, offsetof(struct mgm_proof_calls, member), need, true }

static const struct row rows[] = {
	FUNCTION(fcache_host, ANY), FUNCTION(fcache_service, ANY),
	FUNCTION(add_custom_variable_to_object, ANY), FUNCTION(prepend_object_to_objectlist, ANY),
	FUNCTION(grab_host_macros_r, ANY), FUNCTION(grab_service_macros_r, ANY),
	FUNCTION(grab_contact_macros_r, ANY), FUNCTION(get_raw_command_line_r, ANY),
	FUNCTION(process_macros_r, ANY),
	FUNCTION(handle_async_service_check_result, ANY), FUNCTION(handle_async_host_check_result, ANY),
	FUNCTION(broker_service_check, ANY), FUNCTION(broker_host_check, ANY),
	FUNCTION(broker_event_handler, ANY), FUNCTION(broker_contact_notification_method_data, ANY),
	FUNCTION(broker_program_status, ANY), FUNCTION(broker_program_state, ANY),
	FUNCTION(broker_log_data, ANY), FUNCTION(broker_timed_event, ONLY_NAGIOS),
	FUNCTION(squeue_create, ONLY_NAGIOS),
	FUNCTION(find_contact, ANY), FUNCTION(find_command, ANY),
	VARIABLE(hostgroup_list, ANY), VARIABLE(servicegroup_list, ANY), VARIABLE(command_list, ANY),
	VARIABLE(host_ary, ANY), VARIABLE(service_ary, ANY), VARIABLE(num_objects, ANY),
	VARIABLE(program_start, ANY), VARIABLE(event_start, ANY),
	VARIABLE(nagios_pid, ANY), VARIABLE(daemon_mode, ANY),
	VARIABLE(enable_notifications, ANY), VARIABLE(enable_event_handlers, ANY),
	VARIABLE(enable_flap_detection, ANY),
	VARIABLE(obsess_over_services, ANY), VARIABLE(obsess_over_hosts, ANY),
};

bool mgm_proof_resolve(struct mgm_proof *proof)
{
	enum need family = proof->core->family == MGM_NAEMON ? ONLY_NAEMON : ONLY_NAGIOS;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *found;

		if (rows[i].need != ANY && rows[i].need != family)
			continue;
		found = rows[i].variable ? mgm_symbol(rows[i].name) : mgm_core_function(rows[i].name);
		if (found == NULL)
			return mgm_refuse(proof, "the core exports no usable '%s'", rows[i].name);
		memcpy((char *)&proof->calls + rows[i].slot, &found, sizeof(found));
	}
	if (family == ONLY_NAEMON) {
		/* GLib is another object, so the same-object rule does not apply; a core without it passes NULL on. */
		void *found = mgm_symbol("g_tree_new");

		memcpy(&proof->calls.tree_new, &found, sizeof(found));
	}
	return true;
}

void mgm_proof_silence(struct mgm_proof *proof)
{
	*proof->calls.enable_notifications = 0;
	*proof->calls.enable_event_handlers = 0;
	*proof->calls.enable_flap_detection = 0;
	*proof->calls.obsess_over_services = 0;
	*proof->calls.obsess_over_hosts = 0;
	*proof->core->process_performance_data = 0;
	*proof->core->event_broker_options = 0;
}
