/* SPDX-License-Identifier: GPL-2.0-or-later */
/** 4.9 and 4.10: scheduling in the child's copy of the event queue, and the argument of a Naemon timer. */
#include "proof_checks.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AHEAD_SECONDS 100000
#define CLOCK_SLACK_SECONDS 5
#define QUEUE_SIZE 64

/* What differs between a host and a service here. */
struct kind {
	enum mgm_field next_check, check_options, next_check_event, checks_enabled;
	enum mgm_const event_type;
	const char *what;
};

static const struct kind host_kind = { MGM_F_HOST_NEXT_CHECK,     MGM_F_HOST_CHECK_OPTIONS, MGM_F_HOST_NEXT_CHECK_EVENT,
	                                   MGM_F_HOST_CHECKS_ENABLED, MGM_C_EVENT_HOST_CHECK,   "host" };

static const struct kind service_kind = { MGM_F_SERVICE_NEXT_CHECK,       MGM_F_SERVICE_CHECK_OPTIONS,
	                                      MGM_F_SERVICE_NEXT_CHECK_EVENT, MGM_F_SERVICE_CHECKS_ENABLED,
	                                      MGM_C_EVENT_SERVICE_CHECK,      "service" };

/* Nagios: the event itself is a struct we read and write. */
static bool check_timed_event(struct mgm_proof *proof, const void *event, int32_t type, int64_t run_time,
                              int32_t recurring, const void *data, int32_t options)
{
	const struct mgm_abi *abi = proof->abi;

	if (mgm_get_i32(abi, event, MGM_F_TIMED_EVENT_EVENT_TYPE) != type)
		return mgm_refuse(proof, "timed_event.event_type");
	if (mgm_get_i64(abi, event, MGM_F_TIMED_EVENT_RUN_TIME) != run_time)
		return mgm_refuse(proof, "timed_event.run_time");
	if (mgm_get_i32(abi, event, MGM_F_TIMED_EVENT_RECURRING) != recurring)
		return mgm_refuse(proof, "timed_event.recurring");
	if (mgm_get_ptr(abi, event, MGM_F_TIMED_EVENT_EVENT_DATA) != data)
		return mgm_refuse(proof, "timed_event.event_data");
	if (mgm_get_i32(abi, event, MGM_F_TIMED_EVENT_EVENT_OPTIONS) != options)
		return mgm_refuse(proof, "timed_event.event_options");
	return true;
}

/* Naemon: an unforced later check is ignored exactly as long as the object owns an event. */
static bool check_naemon_event(struct mgm_proof *proof, const struct kind *kind, void *object, int64_t planned,
                               void (*schedule)(void *, int64_t, int))
{
	schedule(object, planned + AHEAD_SECONDS, 0);
	if (mgm_get_i64(proof->abi, object, kind->next_check) != planned)
		return mgm_refuse(proof, "%s.next_check", kind->what);
	mgm_set_ptr(proof->abi, object, kind->next_check_event, NULL);
	schedule(object, planned + AHEAD_SECONDS, 0);
	if (mgm_get_i64(proof->abi, object, kind->next_check) < planned + AHEAD_SECONDS - CLOCK_SLACK_SECONDS ||
	    mgm_get_ptr(proof->abi, object, kind->next_check_event) == NULL)
		return mgm_refuse(proof, "%s.next_check_event", kind->what);
	return true;
}

static bool check_object(struct mgm_proof *proof, const struct kind *kind, void *object,
                         void (*schedule)(void *, int64_t, int))
{
	int32_t options = mgm_constant(proof->abi, MGM_C_CHECK_OPTION_FORCE_EXECUTION, 1);
	int64_t when = (int64_t)time(NULL) + AHEAD_SECONDS, planned;
	const void *event;

	if (proof->core->family == MGM_NAGIOS) {
		/* A disabled object takes forced checks only. */
		mgm_set_i32(proof->abi, object, kind->checks_enabled, 0);
		schedule(object, when, 0);
		if (mgm_get_ptr(proof->abi, object, kind->next_check_event) != NULL)
			return mgm_refuse(proof, "%s.checks_enabled", kind->what);
	}
	mgm_set_i32(proof->abi, object, kind->checks_enabled, 1);
	mgm_set_i32(proof->abi, object, kind->check_options, 4099);
	schedule(object, when, options);
	planned = mgm_get_i64(proof->abi, object, kind->next_check);
	if (planned < when - CLOCK_SLACK_SECONDS || planned > when + CLOCK_SLACK_SECONDS)
		return mgm_refuse(proof, "%s.next_check", kind->what);
	if (mgm_get_i32(proof->abi, object, kind->check_options) != options)
		return mgm_refuse(proof, "%s.check_options", kind->what);
	event = mgm_get_ptr(proof->abi, object, kind->next_check_event);
	if (event == NULL)
		return mgm_refuse(proof, "%s.next_check_event", kind->what);
	if (proof->core->family == MGM_NAEMON)
		return check_naemon_event(proof, kind, object, planned, schedule);
	return check_timed_event(proof, event, mgm_constant(proof->abi, kind->event_type, -1), planned, 0, object, options);
}

static bool check_own_nagios_event(struct mgm_proof *proof)
{
	int32_t type = mgm_constant(proof->abi, MGM_C_EVENT_USER_FUNCTION, 99);
	int64_t when = (int64_t)time(NULL) + AHEAD_SECONDS;
	int data;
	void *event = proof->core->schedule_new_event(type, 1, when, 1, AHEAD_SECONDS, NULL, 0, &data, NULL, 4111);

	if (event == NULL)
		return mgm_refuse(proof, "schedule_new_event fails");
	if (!check_timed_event(proof, event, type, when, 1, &data, 4111))
		return false;
	proof->core->remove_event(*proof->core->nagios_squeue, event);
	return true;
}

bool mgm_check_scheduling(struct mgm_proof *proof)
{
	if (proof->core->family == MGM_NAGIOS) {
		*proof->core->nagios_squeue = proof->calls.squeue_create(QUEUE_SIZE);
		if (*proof->core->nagios_squeue == NULL)
			return mgm_refuse(proof, "squeue_create fails");
		if (!check_own_nagios_event(proof))
			return false;
	}
	return check_object(proof, &host_kind, proof->host, proof->core->schedule_host_check) &&
	       check_object(proof, &service_kind, proof->service, proof->core->schedule_service_check);
}

/* Written and read by the child only: the handler must not trust the table under test to find its user data. */
static struct timer_run {
	const struct mgm_abi *abi;
	const void *event;
	int calls;
	const char *wrong;
} timer;

static void on_timer(void *properties)
{
	const struct mgm_abi *abi = timer.abi;

	timer.calls++;
	if (mgm_get_i32(abi, properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_EXECUTION_TYPE) !=
	    mgm_constant(abi, MGM_C_EVENT_EXEC_ABORTED, 1))
		timer.wrong = "execution_type";
	else if (mgm_get_i32(abi, properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_EVENT_TYPE) != 0)
		timer.wrong = "event_type";
	else if (mgm_get_ptr(abi, properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_USER_DATA) != &timer)
		timer.wrong = "user_data";
	else if (mgm_get_ptr(abi, properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_ATTRIBUTES) != timer.event)
		timer.wrong = "attributes";
}

bool mgm_check_timer(struct mgm_proof *proof)
{
	void *event;

	if (proof->core->family != MGM_NAEMON)
		return true;
	timer.abi = proof->abi;
	event = proof->core->schedule_event(AHEAD_SECONDS, on_timer, &timer);
	if (event == NULL)
		return mgm_refuse(proof, "schedule_event fails");
	timer.event = event;
	proof->core->destroy_event(event);
	if (timer.calls != 1)
		return mgm_refuse(proof, "destroy_event does not call the timer");
	if (timer.wrong != NULL)
		return mgm_refuse(proof, "nm_event_execution_properties.%s", timer.wrong);
	return true;
}
