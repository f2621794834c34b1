/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What a service result does, rule by rule as in Naemon 1.5 (without notifications, flapping and dependencies). */
#include <stdlib.h>
#include <time.h>

#include "event_handlers.h"
#include "exports.h"
#include "next_check.h"
#include "objects.h"
#include "result_parts.h"

/** Parts of result handling that hosts and services share. */
struct tc_result_state {
	bool state_change, hard_state_change, alert;
};

static const struct tc_kind *const kind = &tc_service_kind;

/* @return whether the result may be used: passive ones only if the service takes them */
static bool accept_result(void *service, const void *result)
{
	bool passive = tc_i32(result, MGM_F_CHECK_RESULT_CHECK_TYPE) == tc_const(MGM_C_CHECK_TYPE_PASSIVE);

	if (!passive && currently_running_service_checks > 0)
		currently_running_service_checks--;
	return !passive || tc_i32(service, kind->accept_passive_checks);
}

/* State and text of a result, odd ones included. */
static void take_state(void *service, const void *result)
{
	const char *host_name = tc_str(service, kind->host_name);
	const char *description = tc_str(service, kind->description);
	int code = tc_i32(result, MGM_F_CHECK_RESULT_RETURN_CODE);
	int state = tc_const(MGM_C_STATE_CRITICAL);

	if (tc_i32(result, MGM_F_CHECK_RESULT_EARLY_TIMEOUT)) {
		tc_store_message(
			kind, service,
			tc_printf("(Service check timed out after %.2f seconds)", tc_f64(service, kind->execution_time)));
	} else if (!tc_i32(result, MGM_F_CHECK_RESULT_EXITED_OK)) {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_WARNING),
		       "Warning:  Check of service '%s' on host '%s' did not exit properly!", description, host_name);
		tc_store_message(kind, service, tc_strdup("(Service check did not exit properly)"));
	} else if (code < 0 || code > 3) {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_WARNING),
		       "Warning: Return code of %d for check of service '%s' on host '%s' was out of bounds.%s", code,
		       description, host_name,
		       code == 126   ? "Make sure the plugin you're trying to run is executable."
		       : code == 127 ? " Make sure the plugin you're trying to run actually exists."
		                     : "");
		tc_store_message(kind, service,
		                 tc_printf("(Return code of %d is out of bounds%s)", code,
		                           code == 126   ? " - plugin may not be executable"
		                           : code == 127 ? " - plugin may be missing"
		                                         : ""));
	} else {
		tc_store_output(kind, service, tc_str(result, MGM_F_CHECK_RESULT_OUTPUT), "(No output returned from plugin)");
		state = code;
	}
	tc_set_i32(service, kind->current_state, state);
}

static void note_times(void *service, void *host, const struct tc_result_state *change)
{
	int64_t last_check = tc_i64(service, kind->last_check);

	if (change->state_change || tc_i64(service, kind->last_state_change) == 0)
		tc_set_i64(service, kind->last_state_change, last_check);
	if (host != NULL && tc_i64(host, tc_host_kind.last_state_change) == 0)
		tc_set_i64(host, tc_host_kind.last_state_change, last_check);
}

static void alert(void *service, struct tc_result_state *change)
{
	tc_log_alert(kind, service);
	change->alert = true;
	tc_event_handler(kind, service);
}

static void handle_ok(void *service, void *host, struct tc_extra *extra, struct tc_result_state *change)
{
	if (host != NULL && tc_i32(host, tc_host_kind.current_state) != 0 && change->state_change &&
	    tc_i32(host, tc_host_kind.checks_enabled))
		tc_schedule_next(&tc_host_kind, host, 0, tc_const(MGM_C_CHECK_OPTION_NONE));
	/* A hard recovery shows as HARD, a soft one still as SOFT with the attempt it came at. */
	if (change->hard_state_change)
		tc_set_i32(service, kind->state_type, tc_const(MGM_C_HARD_STATE));
	if (change->hard_state_change || change->state_change)
		alert(service, change);
	extra->host_problem_at_last_check = false;
	extra->last_hard_state = 0;
	tc_set_i32(service, kind->current_attempt, 1);
	tc_set_i32(service, kind->state_type, tc_const(MGM_C_HARD_STATE));
	tc_set_i32(service, kind->notification_number, 0);
}

/* The problem is soft and will be looked at again soon. */
static void handle_soft(void *service, struct tc_result_state *change)
{
	tc_set_i32(service, kind->state_type, tc_const(MGM_C_SOFT_STATE));
	alert(service, change);
	if (tc_f64(service, kind->retry_interval) != 0.0)
		tc_schedule_next(kind, service, tc_interval_seconds(service, kind->retry_interval),
		                 tc_const(MGM_C_CHECK_OPTION_ALLOW_POSTPONE));
}

static void handle_problem(void *service, void *host, struct tc_extra *extra, struct tc_result_state *change)
{
	bool host_down = host != NULL && tc_i32(host, tc_host_kind.current_state) != 0;
	bool soft = tc_i32(service, kind->state_type) == tc_const(MGM_C_SOFT_STATE);
	int state = tc_i32(service, kind->current_state);

	if (host != NULL && tc_i32(host, tc_host_kind.checks_enabled) && (change->state_change || soft))
		tc_schedule_next(&tc_host_kind, host, 0,
		                 tc_const(host_down ? MGM_C_CHECK_OPTION_NONE : MGM_C_CHECK_OPTION_DEPENDENCY_CHECK));
	if (host_down) {
		change->hard_state_change = extra->last_hard_state != state;
		if (change->hard_state_change)
			tc_set_i32(service, kind->state_type, tc_const(MGM_C_HARD_STATE));
	} else if (extra->host_problem_at_last_check && soft) {
		tc_set_i32(service, kind->current_attempt, 1);
	}
	extra->host_problem_at_last_check = host_down;
	if (tc_i32(service, kind->current_attempt) < tc_i32(service, kind->max_attempts) && !host_down) {
		handle_soft(service, change);
		return;
	}
	if (!host_down)
		tc_set_i32(service, kind->state_type, tc_const(MGM_C_HARD_STATE));
	if (change->hard_state_change) {
		alert(service, change);
		extra->last_hard_state = state;
	}
}

static void find_changes(void *service, const struct tc_extra *extra, struct tc_result_state *change)
{
	int state = tc_i32(service, kind->current_state);
	int attempt = tc_i32(service, kind->current_attempt);

	if (tc_i32(service, kind->state_type) == tc_const(MGM_C_SOFT_STATE) &&
	    attempt < tc_i32(service, kind->max_attempts))
		tc_set_i32(service, kind->current_attempt, ++attempt);
	change->state_change = state != tc_i32(service, kind->last_state);
	change->hard_state_change = (extra->host_problem_at_last_check && state == 0) ||
	                            (attempt >= tc_i32(service, kind->max_attempts) && state != extra->last_hard_state);
}

static void take_numbers(void *service, const void *result)
{
	tc_set_f64(service, kind->execution_time, tc_execution_time(result));
	tc_set_i64(service, kind->last_check, tc_tv(result, MGM_F_CHECK_RESULT_START_TIME).tv_sec);
	tc_set_i32(service, kind->check_type, tc_i32(result, MGM_F_CHECK_RESULT_CHECK_TYPE));
	tc_set_f64(service, kind->latency, tc_f64(result, MGM_F_CHECK_RESULT_LATENCY));
	tc_set_i32(service, kind->last_state, tc_i32(service, kind->current_state));
}

static void notify_modules(void *service, void *result)
{
	broker_service_check(
		tc_const(MGM_C_NEBTYPE_SERVICECHECK_PROCESSED), 0, 0, service, tc_i32(service, kind->check_type),
		tc_tv(result, MGM_F_CHECK_RESULT_START_TIME), tc_tv(result, MGM_F_CHECK_RESULT_FINISH_TIME),
		tc_str(service, kind->check_command), tc_f64(service, kind->latency), tc_f64(service, kind->execution_time), 0,
		tc_i32(result, MGM_F_CHECK_RESULT_EARLY_TIMEOUT), tc_i32(result, MGM_F_CHECK_RESULT_RETURN_CODE), NULL, result);
}

int handle_async_service_check_result(void *service, void *result)
{
	struct tc_extra stand_in = { .last_hard_state = 0 };
	struct tc_result_state change = { false, false, false };
	bool freshness = result != NULL &&
	                 (tc_i32(result, MGM_F_CHECK_RESULT_CHECK_OPTIONS) & tc_const(MGM_C_CHECK_OPTION_FRESHNESS_CHECK));
	struct tc_extra *extra;
	void *host;

	if (service == NULL || result == NULL || !accept_result(service, result))
		return tc_const(MGM_C_NEB_ERROR);
	extra = tc_extra_of(kind, service) != NULL ? tc_extra_of(kind, service) : &stand_in;
	host = tc_host_of(kind, service);
	if (freshness)
		tc_set_i32(service, kind->is_being_freshened, 0);
	if (tc_i32(result, MGM_F_CHECK_RESULT_CHECK_TYPE) == tc_const(MGM_C_CHECK_TYPE_ACTIVE))
		tc_set_i32(service, kind->is_executing, 0);
	if (freshness && tc_result_is_fresh(kind, service, time(NULL)))
		return tc_const(MGM_C_NEB_OK);
	take_numbers(service, result);
	take_state(service, result);
	find_changes(service, extra, &change);
	note_times(service, host, &change);
	if (tc_i32(service, kind->current_state) == tc_const(MGM_C_STATE_OK))
		handle_ok(service, host, extra, &change);
	else
		handle_problem(service, host, extra, &change);
	tc_report_result(kind, service, result);
	notify_modules(service, result);
	tc_set_i32(service, kind->has_been_checked, 1);
	if (tc_ptr(service, kind->next_check_event) == NULL && tc_f64(service, kind->check_interval) != 0.0)
		tc_schedule_next(kind, service, tc_interval_seconds(service, kind->check_interval), 0);
	return tc_const(MGM_C_NEB_OK);
}
