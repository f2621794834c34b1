/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What a host result does, rule by rule as in Naemon 1.5 (hosts without parents). */
#include <stdlib.h>
#include <time.h>

#include "event_handlers.h"
#include "exports.h"
#include "next_check.h"
#include "objects.h"
#include "result_parts.h"

static const struct tc_kind *const kind = &tc_host_kind;

static bool is_active(const void *result)
{
	return tc_i32(result, MGM_F_CHECK_RESULT_CHECK_TYPE) == tc_const(MGM_C_CHECK_TYPE_ACTIVE);
}

/* The plugin's answer as 0 (up) or 1 (down); odd answers replace the output. Active results only. */
static int active_state(void *host, const void *result)
{
	int code = tc_i32(result, MGM_F_CHECK_RESULT_RETURN_CODE);
	const char *name = tc_str(host, kind->host_name);
	bool missing = code == 126 || code == 127;

	tc_set_i32(host, kind->is_executing, 0);
	if (tc_i32(result, MGM_F_CHECK_RESULT_EARLY_TIMEOUT)) {
		tc_store_message(kind, host,
		                 tc_printf("(Host check timed out after %.2f seconds)", tc_f64(host, kind->execution_time)));
		code = tc_const(MGM_C_STATE_UNKNOWN);
	} else if (!tc_i32(result, MGM_F_CHECK_RESULT_EXITED_OK)) {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_WARNING), "Warning:  Check of host '%s' did not exit properly!", name);
		tc_store_message(kind, host, tc_strdup("(Host check did not exit properly)"));
		code = tc_const(MGM_C_STATE_CRITICAL);
	} else if (code < 0 || code > 3) {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_WARNING),
		       "Warning: Return code of %d for check of host '%s' was out of bounds.%s", code, name,
		       missing ? " Make sure the plugin you're trying to run actually exists." : "");
		tc_store_message(
			kind, host,
			tc_printf("(Return code of %d is out of bounds%s)", code, missing ? " - plugin may be missing" : ""));
		code = tc_const(MGM_C_STATE_CRITICAL);
	}
	if (tc_str(host, kind->check_command) == NULL) {
		tc_take_str(host, kind->plugin_output, tc_strdup("(Host assumed to be UP)"));
		code = 0;
	}
	/* Without aggressive host checking a warning still means up. */
	return code == tc_const(MGM_C_STATE_OK) || code == tc_const(MGM_C_STATE_WARNING) ? 0 : 1;
}

static void adjust_attempt(void *host)
{
	int attempt = tc_i32(host, kind->current_attempt);
	bool hard = tc_i32(host, kind->state_type) == tc_const(MGM_C_HARD_STATE);

	if (hard || tc_i32(host, kind->current_state) == 0)
		tc_set_i32(host, kind->current_attempt, 1);
	else if (attempt < tc_i32(host, kind->max_attempts))
		tc_set_i32(host, kind->current_attempt, attempt + 1);
}

/* @return false for a freshness result that came too late: nothing is taken from it */
static bool take_result(void *host, struct tc_extra *extra, const void *result)
{
	int64_t finish = tc_tv(result, MGM_F_CHECK_RESULT_FINISH_TIME).tv_sec;
	int hard = tc_const(MGM_C_HARD_STATE);
	int state;

	if (tc_i32(result, MGM_F_CHECK_RESULT_CHECK_OPTIONS) & tc_const(MGM_C_CHECK_OPTION_FRESHNESS_CHECK)) {
		tc_set_i32(host, kind->is_being_freshened, 0);
		if (tc_result_is_fresh(kind, host, finish))
			return false;
	}
	tc_set_f64(host, kind->latency, tc_f64(result, MGM_F_CHECK_RESULT_LATENCY));
	tc_set_i32(host, kind->check_type, tc_i32(result, MGM_F_CHECK_RESULT_CHECK_TYPE));
	tc_set_i32(host, kind->has_been_checked, 1);
	tc_set_f64(host, kind->execution_time, tc_execution_time(result));
	tc_set_i64(host, kind->last_check, tc_tv(result, MGM_F_CHECK_RESULT_START_TIME).tv_sec);
	tc_set_i32(host, kind->last_state, tc_i32(host, kind->current_state));
	if (tc_i32(host, kind->state_type) == hard)
		extra->last_hard_state = tc_i32(host, kind->current_state);
	tc_store_output(kind, host, tc_str(result, MGM_F_CHECK_RESULT_OUTPUT), "(No output returned from host check)");
	if (is_active(result)) {
		state = active_state(host, result);
		adjust_attempt(host);
	} else {
		state = tc_i32(result, MGM_F_CHECK_RESULT_RETURN_CODE);
		tc_set_i32(host, kind->state_type, hard);
	}
	if (tc_i32(host, kind->current_attempt) >= tc_i32(host, kind->max_attempts))
		tc_set_i32(host, kind->state_type, hard);
	tc_set_i32(host, kind->current_state, state);
	return true;
}

static void find_state_type(void *host, bool was_up, bool active)
{
	int hard = tc_const(MGM_C_HARD_STATE), soft = tc_const(MGM_C_SOFT_STATE);
	int attempt = tc_i32(host, kind->current_attempt);
	bool last_attempt = attempt == tc_i32(host, kind->max_attempts);

	if (tc_i32(host, kind->current_state) == 0) {
		if (was_up)
			tc_set_i32(host, kind->state_type, hard);
		return;
	}
	if (!active) {
		tc_set_i32(host, kind->state_type, hard);
		tc_set_i32(host, kind->current_attempt, 1);
		return;
	}
	if (was_up)
		tc_set_i32(host, kind->state_type, last_attempt ? hard : soft);
	else
		tc_set_i32(host, kind->state_type, last_attempt || attempt == 1 ? hard : soft);
	tc_set_i32(host, kind->current_state, 1);
}

static void handle_state(void *host, const struct tc_extra *extra)
{
	int state = tc_i32(host, kind->current_state);
	bool soft = tc_i32(host, kind->state_type) == tc_const(MGM_C_SOFT_STATE);
	bool change = tc_i32(host, kind->last_state) != state || (state == 0 && soft);

	if (change || extra->last_hard_state != state) {
		tc_set_i64(host, kind->last_state_change, time(NULL));
		tc_log_alert(kind, host);
		tc_event_handler(kind, host);
		if (state == 0) {
			tc_set_i32(host, kind->current_attempt, 1);
			tc_set_i32(host, kind->notification_number, 0);
		}
	}
	if (tc_i64(host, kind->last_state_change) == 0)
		tc_set_i64(host, kind->last_state_change, tc_i64(host, kind->last_check));
	if (state != 0 && soft && tc_f64(host, kind->retry_interval) != 0.0)
		tc_schedule_next(kind, host, tc_interval_seconds(host, kind->retry_interval),
		                 tc_const(MGM_C_CHECK_OPTION_ALLOW_POSTPONE));
	if (tc_f64(host, kind->check_interval) != 0.0 && tc_ptr(host, kind->next_check_event) == NULL)
		tc_schedule_next(kind, host, tc_interval_seconds(host, kind->check_interval), 0);
}

static void notify_modules(void *host, void *result)
{
	broker_host_check(tc_const(MGM_C_NEBTYPE_HOSTCHECK_PROCESSED), 0, 0, host, tc_i32(host, kind->check_type),
	                  tc_i32(host, kind->current_state), tc_i32(host, kind->state_type),
	                  tc_tv(result, MGM_F_CHECK_RESULT_START_TIME), tc_tv(result, MGM_F_CHECK_RESULT_FINISH_TIME),
	                  tc_str(host, kind->check_command), tc_f64(host, kind->latency),
	                  tc_f64(host, kind->execution_time), 0, tc_i32(result, MGM_F_CHECK_RESULT_EARLY_TIMEOUT),
	                  tc_i32(result, MGM_F_CHECK_RESULT_RETURN_CODE), NULL, tc_str(host, kind->plugin_output),
	                  tc_str(host, kind->long_plugin_output), tc_str(host, kind->perf_data), result);
}

int handle_async_host_check_result(void *host, void *result)
{
	struct tc_extra stand_in = { .last_hard_state = 0 };
	struct tc_extra *extra;
	bool was_up;

	if (host == NULL || result == NULL || (!is_active(result) && !tc_i32(host, kind->accept_passive_checks)))
		return tc_const(MGM_C_NEB_ERROR);
	extra = tc_extra_of(kind, host) != NULL ? tc_extra_of(kind, host) : &stand_in;
	was_up = tc_i32(host, kind->current_state) == 0;
	take_result(host, extra, result);
	find_state_type(host, was_up, tc_i32(host, kind->check_type) == tc_const(MGM_C_CHECK_TYPE_ACTIVE));
	handle_state(host, extra);
	tc_report_result(kind, host, result);
	notify_modules(host, result);
	return tc_const(MGM_C_NEB_OK);
}
