/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The two check events. */
#include "broker.h"
#include "exports.h"

#define SC(member) MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_##member
#define HC(member) MGM_F_NEBSTRUCT_HOST_CHECK_DATA_##member

int broker_service_check(int type, int flags, int attr, void *service, int check_type, struct timeval start,
                         struct timeval end, char *command, double latency, double execution_time, int timeout,
                         int early_timeout, int return_code, char *command_line, void *check_result)
{
	const struct tc_kind *kind = &tc_service_kind;
	void *event;

	if (!tc_broker_wants(MGM_C_BROKER_SERVICE_CHECKS))
		return tc_const(MGM_C_NEB_OK);
	if (service == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	event = tc_event_new(MGM_S_NEBSTRUCT_SERVICE_CHECK_DATA, SC(TYPE), type, flags, attr);
	tc_set_ptr(event, SC(HOST_NAME), tc_str(service, kind->host_name));
	tc_set_ptr(event, SC(SERVICE_DESCRIPTION), tc_str(service, kind->description));
	tc_set_i32(event, SC(CHECK_TYPE), check_type);
	tc_set_i32(event, SC(CURRENT_ATTEMPT), tc_i32(service, kind->current_attempt));
	tc_set_i32(event, SC(MAX_ATTEMPTS), tc_i32(service, kind->max_attempts));
	tc_set_i32(event, SC(STATE_TYPE), tc_i32(service, kind->state_type));
	tc_set_i32(event, SC(STATE), tc_i32(service, kind->current_state));
	tc_set_i32(event, SC(TIMEOUT), timeout);
	tc_set_ptr(event, SC(COMMAND_LINE), command_line);
	tc_set_tv(event, SC(START_TIME), start);
	tc_set_tv(event, SC(END_TIME), end);
	tc_set_i32(event, SC(EARLY_TIMEOUT), early_timeout);
	tc_set_f64(event, SC(EXECUTION_TIME), execution_time);
	tc_set_f64(event, SC(LATENCY), latency);
	tc_set_i32(event, SC(RETURN_CODE), return_code);
	tc_set_ptr(event, SC(OUTPUT), tc_str(service, kind->plugin_output));
	tc_set_ptr(event, SC(LONG_OUTPUT), tc_str(service, kind->long_plugin_output));
	tc_set_ptr(event, SC(PERF_DATA), tc_str(service, kind->perf_data));
	tc_set_ptr(event, SC(CHECK_RESULT_PTR), check_result);
	tc_set_ptr(event, SC(OBJECT_PTR), service);
	return tc_event_send(MGM_C_NEBCALLBACK_SERVICE_CHECK_DATA, event,
	                     tc_event_command(event, SC(COMMAND_NAME), SC(COMMAND_ARGS), command));
}

int broker_host_check(int type, int flags, int attr, void *host, int check_type, int state, int state_type,
                      struct timeval start, struct timeval end, char *command, double latency, double execution_time,
                      int timeout, int early_timeout, int return_code, char *command_line, char *output,
                      char *long_output, char *perf_data, void *check_result)
{
	const struct tc_kind *kind = &tc_host_kind;
	void *event;

	if (!tc_broker_wants(MGM_C_BROKER_HOST_CHECKS))
		return tc_const(MGM_C_NEB_OK);
	if (host == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	event = tc_event_new(MGM_S_NEBSTRUCT_HOST_CHECK_DATA, HC(TYPE), type, flags, attr);
	tc_set_ptr(event, HC(HOST_NAME), tc_str(host, kind->host_name));
	tc_set_i32(event, HC(CHECK_TYPE), check_type);
	tc_set_i32(event, HC(CURRENT_ATTEMPT), tc_i32(host, kind->current_attempt));
	tc_set_i32(event, HC(MAX_ATTEMPTS), tc_i32(host, kind->max_attempts));
	tc_set_i32(event, HC(STATE_TYPE), state_type);
	tc_set_i32(event, HC(STATE), state);
	tc_set_i32(event, HC(TIMEOUT), timeout);
	tc_set_ptr(event, HC(COMMAND_LINE), command_line);
	tc_set_tv(event, HC(START_TIME), start);
	tc_set_tv(event, HC(END_TIME), end);
	tc_set_i32(event, HC(EARLY_TIMEOUT), early_timeout);
	tc_set_f64(event, HC(EXECUTION_TIME), execution_time);
	tc_set_f64(event, HC(LATENCY), latency);
	tc_set_i32(event, HC(RETURN_CODE), return_code);
	tc_set_ptr(event, HC(OUTPUT), output);
	tc_set_ptr(event, HC(LONG_OUTPUT), long_output);
	tc_set_ptr(event, HC(PERF_DATA), perf_data);
	tc_set_ptr(event, HC(CHECK_RESULT_PTR), check_result);
	tc_set_ptr(event, HC(OBJECT_PTR), host);
	return tc_event_send(MGM_C_NEBCALLBACK_HOST_CHECK_DATA, event,
	                     tc_event_command(event, HC(COMMAND_NAME), HC(COMMAND_ARGS), command));
}
