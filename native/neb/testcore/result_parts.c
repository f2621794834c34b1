/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "result_parts.h"

#include <string.h>
#include <time.h>

#include "check_output.h"
#include "exports.h"
#include "next_check.h"
#include "objects.h"
#include "report.h"

/** Seconds a result may be late before it counts as stale, beyond its interval. */
#define ADDITIONAL_FRESHNESS_LATENCY 15

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
	bool settled = tc_i32(object, kind->state_type) == tc_const(MGM_C_HARD_STATE) ||
	               tc_i32(object, kind->current_state) == tc_const(MGM_C_STATE_OK);
	bool automatic = threshold == 0;
	int64_t since = last_check;

	if (automatic)
		threshold =
			(int64_t)((double)tc_interval_seconds(object, settled ? kind->check_interval : kind->retry_interval) +
		              tc_f64(object, kind->latency)) +
			ADDITIONAL_FRESHNESS_LATENCY;
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
