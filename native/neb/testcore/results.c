/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Results: their struct, where they belong, and what host and service results have in common. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check_output.h"
#include "checks.h"
#include "exports.h"
#include "objects.h"
#include "report.h"

/** Seconds a result may be late before it counts as stale, beyond its interval. */
#define ADDITIONAL_FRESHNESS_LATENCY 15

/* Exactly these members; padding, output_file, rusage and timeout stay as they are, as in the real core. */
int init_check_result(void *result)
{
	static const enum mgm_field pointers[] = {
		MGM_F_CHECK_RESULT_HOST_NAME, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION, MGM_F_CHECK_RESULT_OUTPUT_FILE_FP,
		MGM_F_CHECK_RESULT_OUTPUT, MGM_F_CHECK_RESULT_SOURCE, MGM_F_CHECK_RESULT_ENGINE,
	};
	static const enum mgm_field numbers[] = {
		MGM_F_CHECK_RESULT_CHECK_TYPE, MGM_F_CHECK_RESULT_CHECK_OPTIONS, MGM_F_CHECK_RESULT_SCHEDULED_CHECK,
		MGM_F_CHECK_RESULT_EARLY_TIMEOUT, MGM_F_CHECK_RESULT_RETURN_CODE,
	};
	struct timeval zero = { 0, 0 };

	if (result == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
		tc_set_ptr(result, pointers[i], NULL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		tc_set_i32(result, numbers[i], 0);
	tc_set_i32(result, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE, tc_const(MGM_C_HOST_CHECK));
	tc_set_i32(result, MGM_F_CHECK_RESULT_EXITED_OK, 1);
	tc_set_f64(result, MGM_F_CHECK_RESULT_LATENCY, 0.0);
	tc_set_tv(result, MGM_F_CHECK_RESULT_START_TIME, zero);
	tc_set_tv(result, MGM_F_CHECK_RESULT_FINISH_TIME, zero);
	return tc_const(MGM_C_NEB_OK);
}

int free_check_result(void *result)
{
	if (result != NULL) {
		tc_take_str(result, MGM_F_CHECK_RESULT_HOST_NAME, NULL);
		tc_take_str(result, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION, NULL);
		tc_take_str(result, MGM_F_CHECK_RESULT_OUTPUT, NULL);
	}
	return tc_const(MGM_C_NEB_OK);
}

/* The pointer is stored in the object, not copied: it belongs to the engine, or is the source itself. */
static const char *source_of(const void *result)
{
	const void *engine = tc_ptr(result, MGM_F_CHECK_RESULT_ENGINE);
	const char *source = tc_ptr(result, MGM_F_CHECK_RESULT_SOURCE);
	const char *(*name)(void *);

	if (engine == NULL)
		return source != NULL ? source : "(unknown engine)";
	*(void **)&name = tc_ptr(engine, MGM_F_CHECK_ENGINE_SOURCE_NAME);
	return name(tc_ptr(result, MGM_F_CHECK_RESULT_SOURCE));
}

int process_check_result(void *result)
{
	const char *source, *host_name, *description;
	void *object;
	int type;

	if (result == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	source = source_of(result);
	if (tc_str(result, MGM_F_CHECK_RESULT_OUTPUT) != NULL)
		tc_trim_end(tc_str(result, MGM_F_CHECK_RESULT_OUTPUT));
	type = tc_i32(result, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE);
	host_name = tc_str(result, MGM_F_CHECK_RESULT_HOST_NAME);
	description = tc_str(result, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION);
	if (type == tc_const(MGM_C_SERVICE_CHECK)) {
		object = find_service(host_name, description);
		if (object == NULL) {
			nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR),
			       "Error: Got check result for service '%s' on host '%s'. Unable to find service",
			       description != NULL ? description : "(null)", host_name != NULL ? host_name : "(null)");
			return tc_const(MGM_C_NEB_ERROR);
		}
		tc_set_ptr(object, MGM_F_SERVICE_CHECK_SOURCE, source);
		return handle_async_service_check_result(object, result);
	}
	if (type == tc_const(MGM_C_HOST_CHECK)) {
		object = find_host(host_name);
		if (object == NULL) {
			nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR),
			       "Error: Got host checkresult for '%s', but no such host can be found",
			       host_name != NULL ? host_name : "(null)");
			return tc_const(MGM_C_NEB_ERROR);
		}
		tc_set_ptr(object, MGM_F_HOST_CHECK_SOURCE, source);
		return handle_async_host_check_result(object, result);
	}
	nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR),
	       "Error: Unknown object check type for checkresult: %d; (host_name: %s; service_description: %s)", type,
	       host_name != NULL ? host_name : "(null)", description != NULL ? description : "(null)");
	return tc_const(MGM_C_NEB_ERROR);
}

double tc_execution_time(const void *result)
{
	struct timeval start = tc_tv(result, MGM_F_CHECK_RESULT_START_TIME);
	struct timeval finish = tc_tv(result, MGM_F_CHECK_RESULT_FINISH_TIME);
	double seconds = (double)(finish.tv_sec - start.tv_sec) + (double)(finish.tv_usec - start.tv_usec) / 1e6;

	return seconds < 0.0 ? 0.0 : seconds;
}

bool tc_result_is_fresh(const struct tc_kind *kind, const void *object, int64_t now)
{
	int64_t threshold = tc_i32(object, kind->freshness_threshold);
	int64_t last_check = tc_i64(object, kind->last_check);
	bool settled = tc_i32(object, kind->state_type) == tc_const(MGM_C_HARD_STATE)
	               || tc_i32(object, kind->current_state) == tc_const(MGM_C_STATE_OK);
	bool automatic = threshold == 0;
	int64_t since = last_check;

	if (automatic)
		threshold = (int64_t)((double)tc_interval_seconds(object, settled ? kind->check_interval
		                                                                  : kind->retry_interval)
		                      + tc_f64(object, kind->latency)) + ADDITIONAL_FRESHNESS_LATENCY;
	if (!tc_i32(object, kind->has_been_checked))
		since = event_start;
	else if (tc_i32(object, kind->checks_enabled) && event_start > last_check && automatic)
		since = event_start;
	if (tc_i32(object, kind->check_type) == tc_const(MGM_C_CHECK_TYPE_PASSIVE) && last_check < event_start)
		since = event_start;
	return since + threshold >= now;
}

void tc_report_result(const struct tc_kind *kind, void *object, const void *result)
{
	struct tc_extra *extra = tc_extra_of(kind, object);
	struct tc_report report = TC_REPORT(TC_RESULT);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	report.kind = kind;
	report.object = object;
	report.state = tc_i32(object, kind->current_state);
	report.passive = tc_i32(result, MGM_F_CHECK_RESULT_CHECK_TYPE) == tc_const(MGM_C_CHECK_TYPE_PASSIVE);
	report.output = tc_str(object, kind->plugin_output);
	report.source = tc_str(object, kind->check_source);
	if (extra != NULL && extra->initiated_ns != 0 && !report.passive) {
		report.roundtrip_us = ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec - extra->initiated_ns) / 1000;
		extra->initiated_ns = 0;
	}
	tc_report(&report);
}

void tc_log_alert(const struct tc_kind *kind, const void *object)
{
	int state = tc_i32(object, kind->current_state);
	const char *output = tc_str(object, kind->plugin_output);

	nm_log(tc_const(MGM_C_NSLOG_INFO_MESSAGE), "%s ALERT: %s;%s%s%s;%s;%d;%s", kind->service ? "SERVICE" : "HOST",
	       tc_str(object, kind->host_name), kind->service ? tc_str(object, kind->description) : "",
	       kind->service ? ";" : "", kind->service ? service_state_name(state) : host_state_name(state),
	       tc_i32(object, kind->state_type) == tc_const(MGM_C_HARD_STATE) ? "HARD" : "SOFT",
	       tc_i32(object, kind->current_attempt), output == NULL ? "" : output);
}

void tc_store_output(const struct tc_kind *kind, void *object, const char *output, const char *if_none)
{
	struct tc_check_output parts = tc_parse_output(output);

	if (parts.short_output == NULL)
		parts.short_output = tc_strdup(if_none);
	for (char *at = strchr(parts.short_output, ';'); at != NULL; at = strchr(at, ';'))
		*at = ':';
	tc_take_str(object, kind->plugin_output, parts.short_output);
	tc_take_str(object, kind->long_plugin_output, parts.long_output);
	tc_take_str(object, kind->perf_data, parts.perf_data);
}

void tc_store_message(const struct tc_kind *kind, void *object, char *message)
{
	tc_take_str(object, kind->plugin_output, message);
	tc_take_str(object, kind->long_plugin_output, NULL);
	tc_take_str(object, kind->perf_data, NULL);
}
