/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The decisions at load time, in a program that exports the names of a Naemon but fits no table. */
#include <string.h>

#include "layout/core_find.h"
#include "layout/core_symbols.h"
#include "tap.h"

/* clang-format off */
#define NAME(name) \
	long name(void); \
	long name(void) { return 0; }
NAME(process_check_result) NAME(neb_register_callback) NAME(neb_set_module_info) NAME(init_check_result)
NAME(free_check_result) NAME(find_host) NAME(find_service) NAME(find_hostgroup) NAME(find_servicegroup)
NAME(is_host_member_of_hostgroup) NAME(is_service_member_of_servicegroup) NAME(schedule_service_check)
NAME(schedule_host_check) NAME(update_check_stats) NAME(iobroker_register) NAME(iobroker_register_out)
NAME(iobroker_unregister) NAME(iobroker_close) NAME(iobroker_is_registered) NAME(schedule_event) NAME(destroy_event)
NAME(find_contact) NAME(find_command) NAME(grab_host_macros_r) NAME(grab_service_macros_r) NAME(grab_contact_macros_r)
NAME(get_raw_command_line_r) NAME(process_macros_r) NAME(clear_volatile_macros_r)
NAME(tv_str) NAME(global_service_notification_handler)
#define VARIABLE(name) \
	extern long name; \
	long name;
VARIABLE(nagios_iobs) VARIABLE(event_broker_options) VARIABLE(process_performance_data) VARIABLE(log_notifications)
VARIABLE(sigshutdown) VARIABLE(sigrestart) VARIABLE(currently_running_service_checks)
VARIABLE(currently_running_host_checks) VARIABLE(interval_length) VARIABLE(last_log_rotation) VARIABLE(host_list)
VARIABLE(service_list) VARIABLE(contact_list)
	/* clang-format on */

	extern int __neb_api_version;

static const char *version = "1.5.2";
static char logged[64];
static int logged_type;

const char *get_program_version(void);
const char *get_program_version(void)
{
	return version;
}

void nm_log(int type, const char *format, const char *text);
void nm_log(int type, const char *format, const char *text)
{
	logged_type = type;
	snprintf(logged, sizeof(logged), "%s %.40s", format, text);
}

static void check_find(const char *claimed, const char *part)
{
	struct mgm_core core;
	char why[256] = "";
	enum mgm_core_rc rc;

	version = claimed;
	rc = mgm_core_find(&core, NULL, NULL, why, sizeof(why));
	CHECK(rc == MGM_CORE_NO_LAYOUT && core.abi == NULL, "a core that calls itself %.5s is refused", claimed);
	CHECK(strstr(why, part) != NULL && strchr(why, '\n') == NULL, "in one line: %s", why);
}

int main(void)
{
	enum mgm_family family = MGM_NAGIOS;
	struct mgm_core core;
	char why[8];

	CHECK(mgm_family_by_names(&family) && family == MGM_NAEMON, "names of a Naemon");
	CHECK(strcmp(mgm_class_by_names(MGM_NAEMON)->id, "naemon-1.5.1") == 0, "of the class that tv_str marks");
	CHECK(__neb_api_version == 8, "the constructor announced API 8");
	check_find("1.5.2", "layout naemon-1.5.1 fails at 4: the core exports no usable 'fcache_host'");
	check_find("1.4.2-pkg", "(Naemon 1.4.2-pkg); layout naemon-1.4.2 fails");
	check_find("1.0.10", "Naemon 1.0.10 is older than 1.1.0");
	check_find("7.7.7\nevil", "(Naemon 7.7.7?evil); layout naemon-1.5.1 fails");
	version = "1.5.2";
	CHECK(mgm_core_find(&core, NULL, NULL, why, sizeof(why)) == MGM_CORE_NO_LAYOUT && strlen(why) == sizeof(why) - 1,
	      "a short buffer gets a cut reason");
	mgm_core_log(&core, 2, "%s %d", "100%s", 7);
	CHECK(logged_type == 2 && strcmp(logged, "%s 100%s 7") == 0, "a log line is never a format");
	return tap_done();
}
