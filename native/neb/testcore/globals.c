/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The variables and small tables of a Naemon core that modules look up by name. */
#include "exports.h"

#include <stdio.h>
#include <time.h>

#include "layout.h"

/** Layout class naemon-1.5.1 is that of releases 1.5.1 and 1.5.2; the suffix shows in logs that this is the test core. */
#define TC_VERSION "1.5.2-testcore"

/** Kinds of check statistics of a Naemon core, each with one total here. */
#define CHECK_STATS_TYPES 14

void *nagios_iobs;
unsigned long event_broker_options;
int process_performance_data = 1, log_notifications = 1, log_global_notifications = 1;
volatile int sigshutdown, sigrestart;
int currently_running_service_checks, currently_running_host_checks;
void *host_list, *service_list, *contact_list, *hostgroup_list, *servicegroup_list, *command_list;
void *host_ary, *service_ary;
int interval_length = 1;
int64_t last_log_rotation, program_start, event_start;
int nagios_pid, daemon_mode;
int enable_notifications = 1, enable_event_handlers = 1, enable_flap_detection;
int obsess_over_services, obsess_over_hosts;
char *global_service_notification_handler, *global_host_notification_handler;
unsigned char num_objects[TC_NUM_OBJECTS_BYTES] __attribute__((aligned(8)));

static unsigned long check_statistics[CHECK_STATS_TYPES];

const char *tc_program_version;

const char *get_program_version(void)
{
	return tc_program_version != NULL ? tc_program_version : TC_VERSION;
}

const char *host_state_name(int state)
{
	static const char *const names[] = { "UP", "DOWN", "UNREACHABLE" };

	return state >= 0 && state <= 2 ? names[state] : "(unknown)";
}

const char *service_state_name(int state)
{
	static const char *const names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

	return state >= 0 && state <= 3 ? names[state] : "(unknown)";
}

const char *notification_reason_name(int reason)
{
	static const char *const names[] = { "NORMAL",       "ACKNOWLEDGEMENT",   "FLAPPINGSTART",
		                                 "FLAPPINGSTOP", "FLAPPINGDISABLED",  "DOWNTIMESTART",
		                                 "DOWNTIMEEND",  "DOWNTIMECANCELLED", "CUSTOM" };

	return reason >= 0 && reason <= 8 ? names[reason] : NULL;
}

/** A time as seconds with six decimals, in a static buffer. */
const char *tv_str(const struct timeval *time)
{
	static char text[48];

	snprintf(text, sizeof(text), "%lld.%06ld", (long long)time->tv_sec, (long)time->tv_usec);
	return text;
}

int update_check_stats(int check_type, int64_t when)
{
	(void)when;
	if (check_type < 0 || check_type >= CHECK_STATS_TYPES)
		return tc_const(MGM_C_NEB_ERROR);
	check_statistics[check_type]++;
	return tc_const(MGM_C_NEB_OK);
}
