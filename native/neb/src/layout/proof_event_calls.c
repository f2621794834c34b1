/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proof_event_calls.h"

/* Prototypes: abi/core-abi.json "functions". Nagios takes one timestamp more, before a check's last argument. */
typedef struct timeval tv;
typedef int (*naemon_service_check)(int, int, int, void *, int, tv, tv, const char *, double, double, int, int, int,
                                    const char *, void *);
typedef int (*nagios_service_check)(int, int, int, void *, int, tv, tv, const char *, double, double, int, int, int,
                                    const char *, tv *, void *);
typedef int (*naemon_host_check)(int, int, int, void *, int, int, int, tv, tv, const char *, double, double, int, int,
                                 int, const char *, const char *, const char *, const char *, void *);
typedef int (*nagios_host_check)(int, int, int, void *, int, int, int, tv, tv, const char *, double, double, int, int,
                                 int, const char *, const char *, const char *, const char *, tv *, void *);
typedef int (*naemon_handler)(int, int, int, int, void *, int, int, tv, tv, double, int, int, int, const char *,
                              const char *, const char *);
typedef int (*nagios_handler)(int, int, int, int, void *, int, int, tv, tv, double, int, int, int, const char *,
                              const char *, const char *, tv *);
typedef int (*naemon_notification)(int, int, int, int, int, tv, tv, void *, void *, const char *, const char *,
                                   const char *, int);
typedef int (*nagios_notification)(int, int, int, int, int, tv, tv, void *, void *, const char *, const char *,
                                   const char *, int, tv *);
typedef void (*naemon_program)(int, int, int);
typedef void (*nagios_program)(int, int, int, tv *);
typedef void (*naemon_log)(int, int, int, const char *, unsigned long, int64_t);
typedef void (*nagios_log)(int, int, int, const char *, unsigned long, int64_t, tv *);
typedef void (*nagios_timed_event)(int, int, int, void *, tv *);

static const tv start = { MGM_START_SECONDS, MGM_START_MICROSECONDS };
static const tv end = { MGM_END_SECONDS, MGM_END_MICROSECONDS };
static const char command[] = "mgm-event!one!two";
static const char line[] = "/mgm/event line";

static tv stamp(void)
{
	return (tv){ MGM_STAMP_SECONDS, MGM_STAMP_MICROSECONDS };
}

static bool is_nagios(const struct mgm_proof *proof)
{
	return proof->core->family == MGM_NAGIOS;
}

void mgm_call_service_check(struct mgm_proof *proof)
{
	tv now = stamp();

	if (is_nagios(proof))
		((nagios_service_check)proof->calls.broker_service_check)(4001, 4003, 4007, proof->service, 4013, start, end,
		                                                          command, 30.5, 31.25, 4027, 4049, 4051, line, &now,
		                                                          proof->mark);
	else
		((naemon_service_check)proof->calls.broker_service_check)(4001, 4003, 4007, proof->service, 4013, start, end,
		                                                          command, 30.5, 31.25, 4027, 4049, 4051, line,
		                                                          proof->mark);
}

void mgm_call_host_check(struct mgm_proof *proof)
{
	tv now = stamp();

	if (is_nagios(proof))
		((nagios_host_check)proof->calls.broker_host_check)(4001, 4003, 4007, proof->host, 4013, 4019, 4021, start, end,
		                                                    command, 30.5, 31.25, 4027, 4049, 4051, line, "mgm output",
		                                                    "mgm long output", "mgm=4", &now, proof->mark);
	else
		((naemon_host_check)proof->calls.broker_host_check)(4001, 4003, 4007, proof->host, 4013, 4019, 4021, start, end,
		                                                    command, 30.5, 31.25, 4027, 4049, 4051, line, "mgm output",
		                                                    "mgm long output", "mgm=4", proof->mark);
}

static void call_handler(struct mgm_proof *proof, int type, void *object)
{
	tv now = stamp();

	if (is_nagios(proof))
		((nagios_handler)proof->calls.broker_event_handler)(4001, 4003, 4007, type, object, 4019, 4021, start, end,
		                                                    31.25, 4027, 4049, 4051, command, line, "mgm output", &now);
	else
		((naemon_handler)proof->calls.broker_event_handler)(4001, 4003, 4007, type, object, 4019, 4021, start, end,
		                                                    31.25, 4027, 4049, 4051, command, line, "mgm output");
}

void mgm_call_service_handler(struct mgm_proof *proof)
{
	call_handler(proof, mgm_constant(proof->abi, MGM_C_GLOBAL_SERVICE_EVENTHANDLER, 3), proof->service);
}

void mgm_call_host_handler(struct mgm_proof *proof)
{
	call_handler(proof, mgm_constant(proof->abi, MGM_C_GLOBAL_HOST_EVENTHANDLER, 2), proof->host);
}

void mgm_call_notification(struct mgm_proof *proof)
{
	int type = mgm_constant(proof->abi, MGM_C_SERVICE_NOTIFICATION, 1);
	void (*call)(void) = proof->calls.broker_contact_notification_method_data;
	tv now = stamp();

	if (is_nagios(proof))
		((nagios_notification)call)(4001, 4003, 4007, type, 4057, start, end, proof->service, proof->contact, command,
		                            "mgm author", "mgm comment", 4073, &now);
	else
		((naemon_notification)call)(4001, 4003, 4007, type, 4057, start, end, proof->service, proof->contact, command,
		                            "mgm author", "mgm comment", 4073);
}

static void call_program(struct mgm_proof *proof, void (*call)(void))
{
	tv now = stamp();

	if (is_nagios(proof))
		((nagios_program)call)(4001, 4003, 4007, &now);
	else
		((naemon_program)call)(4001, 4003, 4007);
}

void mgm_call_program_status(struct mgm_proof *proof)
{
	*proof->calls.program_start = 77309411329;
	*proof->calls.nagios_pid = 4079;
	*proof->calls.daemon_mode = 4091;
	*proof->core->last_log_rotation = 77309411333;
	call_program(proof, proof->calls.broker_program_status);
}

void mgm_call_process(struct mgm_proof *proof)
{
	call_program(proof, proof->calls.broker_program_state);
}

void mgm_call_log(struct mgm_proof *proof)
{
	tv now = stamp();

	if (is_nagios(proof))
		((nagios_log)proof->calls.broker_log_data)(4001, 4003, 4007, "mgm log line", 4093, 77309411337, &now);
	else
		((naemon_log)proof->calls.broker_log_data)(4001, 4003, 4007, "mgm log line", 4093, 77309411337);
}

void mgm_call_timed_event(struct mgm_proof *proof)
{
	tv now = stamp();

	mgm_set_i32(proof->abi, proof->mark, MGM_F_TIMED_EVENT_EVENT_TYPE, 4127);
	mgm_set_i32(proof->abi, proof->mark, MGM_F_TIMED_EVENT_RECURRING, 4129);
	mgm_set_i64(proof->abi, proof->mark, MGM_F_TIMED_EVENT_RUN_TIME, 77309411341);
	mgm_set_ptr(proof->abi, proof->mark, MGM_F_TIMED_EVENT_EVENT_DATA, proof->host);
	((nagios_timed_event)proof->calls.broker_timed_event)(4001, 4003, 4007, proof->mark, &now);
}
