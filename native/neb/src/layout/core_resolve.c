/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core_symbols.h"

#include <string.h>

enum need { ANY, ONLY_NAEMON, ONLY_NAGIOS };

/* One name to resolve into one pointer of struct mgm_core. */
struct row {
	const char *name;
	size_t slot;
	enum need need;
	bool variable;
};

#define FUNCTION(member, need) { #member, offsetof(struct mgm_core, member), need, false }
#define VARIABLE(member, need) { #member, offsetof(struct mgm_core, member), need, true }

static const struct row rows[] = {
	FUNCTION(process_check_result, ANY), FUNCTION(get_program_version, ANY),
	FUNCTION(neb_register_callback, ANY), FUNCTION(neb_set_module_info, ANY),
	FUNCTION(init_check_result, ANY), FUNCTION(free_check_result, ANY),
	FUNCTION(find_host, ANY), FUNCTION(find_service, ANY),
	FUNCTION(find_hostgroup, ANY), FUNCTION(find_servicegroup, ANY),
	FUNCTION(is_host_member_of_hostgroup, ANY), FUNCTION(is_service_member_of_servicegroup, ANY),
	FUNCTION(schedule_service_check, ANY), FUNCTION(schedule_host_check, ANY),
	FUNCTION(update_check_stats, ANY),
	FUNCTION(iobroker_register, ANY), FUNCTION(iobroker_register_out, ANY),
	FUNCTION(iobroker_unregister, ANY), FUNCTION(iobroker_close, ANY),
	FUNCTION(iobroker_is_registered, ANY),
	FUNCTION(nm_log, ONLY_NAEMON), FUNCTION(schedule_event, ONLY_NAEMON),
	FUNCTION(destroy_event, ONLY_NAEMON),
	FUNCTION(logit, ONLY_NAGIOS), FUNCTION(schedule_new_event, ONLY_NAGIOS),
	FUNCTION(remove_event, ONLY_NAGIOS), FUNCTION(add_event, ONLY_NAGIOS),
	VARIABLE(nagios_iobs, ANY), VARIABLE(nagios_squeue, ONLY_NAGIOS),
	VARIABLE(event_broker_options, ANY), VARIABLE(process_performance_data, ANY),
	VARIABLE(log_notifications, ANY), VARIABLE(sigshutdown, ANY), VARIABLE(sigrestart, ANY),
	VARIABLE(currently_running_service_checks, ANY), VARIABLE(currently_running_host_checks, ANY),
	VARIABLE(interval_length, ANY), VARIABLE(last_log_rotation, ANY),
	VARIABLE(host_list, ANY), VARIABLE(service_list, ANY), VARIABLE(contact_list, ANY),
};

static bool wanted(const struct row *row, enum mgm_family family)
{
	if (row->need == ANY)
		return true;
	return row->need == (family == MGM_NAEMON ? ONLY_NAEMON : ONLY_NAGIOS);
}

const char *mgm_resolve_core(struct mgm_core *core)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* Variables may live in the executable (copy relocation), functions may not. */
		void *found;

		if (!wanted(&rows[i], core->family))
			continue;
		found = rows[i].variable ? mgm_symbol(rows[i].name) : mgm_core_function(rows[i].name);
		if (found == NULL)
			return rows[i].name;
		memcpy((char *)core + rows[i].slot, &found, sizeof(found));
	}
	return NULL;
}
