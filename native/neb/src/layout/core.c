/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core.h"

#include <stdarg.h>
#include <stdio.h>

#include "core_symbols.h"

#define LOG_LINE_BYTES 4096

#define FUNCTION(member, by) MGM_FUNCTION_ROW(struct mgm_core, member, by)
#define VARIABLE(member, by) MGM_VARIABLE_ROW(struct mgm_core, member, by)

/* clang-format off */
static const struct mgm_symbol_row rows[] = {
	FUNCTION(process_check_result, MGM_BY_BOTH), FUNCTION(get_program_version, MGM_BY_BOTH),
	FUNCTION(neb_register_callback, MGM_BY_BOTH), FUNCTION(neb_set_module_info, MGM_BY_BOTH),
	FUNCTION(init_check_result, MGM_BY_BOTH), FUNCTION(free_check_result, MGM_BY_BOTH),
	FUNCTION(find_host, MGM_BY_BOTH), FUNCTION(find_service, MGM_BY_BOTH),
	FUNCTION(find_contact, MGM_BY_BOTH), FUNCTION(find_command, MGM_BY_BOTH),
	FUNCTION(find_hostgroup, MGM_BY_BOTH), FUNCTION(find_servicegroup, MGM_BY_BOTH),
	FUNCTION(is_host_member_of_hostgroup, MGM_BY_BOTH), FUNCTION(is_service_member_of_servicegroup, MGM_BY_BOTH),
	FUNCTION(schedule_service_check, MGM_BY_BOTH), FUNCTION(schedule_host_check, MGM_BY_BOTH),
	FUNCTION(update_check_stats, MGM_BY_BOTH),
	FUNCTION(grab_host_macros_r, MGM_BY_BOTH), FUNCTION(grab_service_macros_r, MGM_BY_BOTH),
	FUNCTION(grab_contact_macros_r, MGM_BY_BOTH), FUNCTION(get_raw_command_line_r, MGM_BY_BOTH),
	FUNCTION(process_macros_r, MGM_BY_BOTH), FUNCTION(clear_volatile_macros_r, MGM_BY_BOTH),
	FUNCTION(iobroker_register, MGM_BY_BOTH), FUNCTION(iobroker_register_out, MGM_BY_BOTH),
	FUNCTION(iobroker_unregister, MGM_BY_BOTH), FUNCTION(iobroker_close, MGM_BY_BOTH),
	FUNCTION(iobroker_is_registered, MGM_BY_BOTH),
	FUNCTION(nm_log, MGM_BY_NAEMON), FUNCTION(schedule_event, MGM_BY_NAEMON),
	FUNCTION(destroy_event, MGM_BY_NAEMON),
	FUNCTION(logit, MGM_BY_NAGIOS), FUNCTION(schedule_new_event, MGM_BY_NAGIOS),
	FUNCTION(remove_event, MGM_BY_NAGIOS), FUNCTION(add_event, MGM_BY_NAGIOS),
	VARIABLE(nagios_iobs, MGM_BY_BOTH), VARIABLE(nagios_squeue, MGM_BY_NAGIOS),
	VARIABLE(event_broker_options, MGM_BY_BOTH), VARIABLE(process_performance_data, MGM_BY_BOTH),
	VARIABLE(log_notifications, MGM_BY_BOTH), VARIABLE(sigshutdown, MGM_BY_BOTH), VARIABLE(sigrestart, MGM_BY_BOTH),
	VARIABLE(currently_running_service_checks, MGM_BY_BOTH), VARIABLE(currently_running_host_checks, MGM_BY_BOTH),
	VARIABLE(interval_length, MGM_BY_BOTH), VARIABLE(last_log_rotation, MGM_BY_BOTH),
	VARIABLE(host_list, MGM_BY_BOTH), VARIABLE(service_list, MGM_BY_BOTH), VARIABLE(contact_list, MGM_BY_BOTH)
};
/* clang-format on */

const char *mgm_core_resolve(struct mgm_core *core)
{
	const char *missing = mgm_resolve(rows, sizeof(rows) / sizeof(rows[0]), core->family, core);

	/* Not in every release. */
	if (core->family == MGM_NAEMON)
		core->log_global_notifications = mgm_symbol("log_global_notifications");
	return missing;
}

void mgm_core_log_text(const struct mgm_core *core, int nslog_type, const char *text)
{
	if (core->nm_log != NULL)
		core->nm_log(nslog_type, "%s", text);
	else if (core->logit != NULL)
		core->logit(nslog_type, 0, "%s", text);
	else
		fprintf(stderr, "%s\n", text);
}

void mgm_core_log(const struct mgm_core *core, int nslog_type, const char *format, ...)
{
	char line[LOG_LINE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	mgm_core_log_text(core, nslog_type, line);
}
