/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What results do to objects: the table of odd results, flags and counters, attempts, unknown objects, freshness. */
#include "../../testcore/next_check.h"
#include "../../testcore/exports.h"
#include "../../testcore/iobroker.h"
#include "../../testcore/log.h"
#include "../../testcore/objects.h"
#include "../../testcore/timers.h"
#include "scratch.h"
#include "tap.h"

#include <time.h>

static const struct row {
	const char *name;
	int code, exited_ok, early_timeout;
	const char *output;
	int service_state, host_state;
	const char *service_output, *host_output, *log;
} rows[] = { { "ok", 0, 1, 0, "fine; really|a=1;2\nmore\n", 0, 0, "fine: really", "fine: really", NULL },
	         { "warning means up", 1, 1, 0, "w", 1, 0, "w", "w", NULL },
	         { "critical", 2, 1, 0, "c", 2, 1, "c", "c", NULL },
	         { "unknown", 3, 1, 0, "u", 3, 1, "u", "u", NULL },
	         { "no output", 0, 1, 0, NULL, 0, 0, "(No output returned from plugin)",
	           "(No output returned from host check)", NULL },
	         { "code 126", 126, 1, 0, "x", 2, 1, "(Return code of 126 is out of bounds - plugin may not be executable)",
	           "(Return code of 126 is out of bounds - plugin may be missing)", "Return code of 126" },
	         { "code 127", 127, 1, 0, "x", 2, 1, "(Return code of 127 is out of bounds - plugin may be missing)",
	           "(Return code of 127 is out of bounds - plugin may be missing)", "actually exists." },
	         { "code 4", 4, 1, 0, "x", 2, 1, "(Return code of 4 is out of bounds)",
	           "(Return code of 4 is out of bounds)", "Return code of 4 for check of" },
	         { "code -1", -1, 1, 0, "x", 2, 1, "(Return code of -1 is out of bounds)",
	           "(Return code of -1 is out of bounds)", "Return code of -1 for check of" },
	         { "not exited", 0, 0, 0, "x", 2, 1, "(Service check did not exit properly)",
	           "(Host check did not exit properly)", "did not exit properly!" },
	         { "timeout", 0, 1, 1, "x", 2, 1, "(Service check timed out after 2.50 seconds)",
	           "(Host check timed out after 2.50 seconds)", NULL },
	         { "timeout wins over a bad exit", 9, 0, 1, "x", 2, 1, "(Service check timed out after 2.50 seconds)",
	           "(Host check timed out after 2.50 seconds)", NULL } };

static struct tc_options options;

static void *result_of(const char *host, const char *service, const struct row *row)
{
	void *result = tc_new(MGM_S_CHECK_RESULT);

	init_check_result(result);
	tc_set_ptr(result, MGM_F_CHECK_RESULT_HOST_NAME, tc_strdup(host));
	tc_set_ptr(result, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION, tc_strdup(service));
	tc_set_i32(result, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE, service == NULL ? 1 : 0);
	tc_set_i32(result, MGM_F_CHECK_RESULT_RETURN_CODE, row->code);
	tc_set_i32(result, MGM_F_CHECK_RESULT_EXITED_OK, row->exited_ok);
	tc_set_i32(result, MGM_F_CHECK_RESULT_EARLY_TIMEOUT, row->early_timeout);
	tc_set_ptr(result, MGM_F_CHECK_RESULT_OUTPUT, tc_strdup(row->output));
	tc_set_f64(result, MGM_F_CHECK_RESULT_LATENCY, 0.125);
	tc_set_tv(result, MGM_F_CHECK_RESULT_START_TIME, (struct timeval){ 1700000000, 250000 });
	tc_set_tv(result, MGM_F_CHECK_RESULT_FINISH_TIME, (struct timeval){ 1700000002, 750000 });
	return result;
}

static int apply(void *result)
{
	int answer = process_check_result(result);

	free_check_result(result);
	free(result);
	return answer;
}

static void fresh_objects(void)
{
	clear_event_queue();
	tc_objects_free();
	tc_objects_create(&options);
	tc_log_open(scratch_path("log"));
	if (truncate(scratch_path("log"), 0) != 0)
		exit(1);
}

static void test_row(const struct row *row, const struct tc_kind *kind)
{
	const char *service = kind->service ? "service-01" : NULL;
	void *object;

	fresh_objects();
	object = kind->service ? find_service("host-01", service) : find_host("host-01");
	tc_set_i32(object, kind->is_executing, 1);
	printf("# %s: %s\n", kind->service ? "service" : "host", row->name);
	is_int(apply(result_of("host-01", service, row)), 0, "accepted");
	is_int(tc_i32(object, kind->current_state), kind->service ? row->service_state : row->host_state, "state");
	is_str(tc_str(object, kind->plugin_output), kind->service ? row->service_output : row->host_output, "output");
	ok(tc_i32(object, kind->is_executing) == 0 && tc_i32(object, kind->has_been_checked) == 1 &&
	       tc_f64(object, kind->latency) == 0.125 && tc_f64(object, kind->execution_time) == 2.5 &&
	       tc_i64(object, kind->last_check) == 1700000000,
	   "flags, latency, execution time, last check");
	ok(tc_ptr(object, kind->next_check_event) != NULL && tc_i64(object, kind->next_check) > time(NULL),
	   "a next check is planned");
	if (row->log != NULL)
		has_str(scratch_read(scratch_path("log")), row->log, "log line");
	else
		ok(strstr(scratch_read(scratch_path("log")), "Warning") == NULL, "no warning");
}

static void test_parts(void)
{
	void *service;

	fresh_objects();
	service = find_service("host-01", "service-01");
	apply(result_of("host-01", "service-01", &rows[0]));
	is_str(tc_str(service, MGM_F_SERVICE_PERF_DATA), "a=1;2", "perfdata keeps its semicolons");
	is_str(tc_str(service, MGM_F_SERVICE_LONG_PLUGIN_OUTPUT), "more", "long output, line ends at the end cut");
}

static const char *name_of_source(void *source)
{
	return *(const char *)source == 'x' ? "engine says x" : "engine says something";
}

static void test_source(void)
{
	static char text[] = "some worker", x[] = "x";
	void *engine = tc_new(MGM_S_CHECK_ENGINE);
	void *service, *result;

	fresh_objects();
	service = find_service("host-01", "service-01");
	apply(result_of("host-01", "service-01", &rows[0]));
	is_str(tc_str(service, MGM_F_SERVICE_CHECK_SOURCE), "(unknown engine)", "neither engine nor source");
	result = result_of("host-01", "service-01", &rows[0]);
	tc_set_ptr(result, MGM_F_CHECK_RESULT_SOURCE, text);
	apply(result);
	ok(tc_str(service, MGM_F_SERVICE_CHECK_SOURCE) == text, "without an engine the source is the text, not a copy");
	mgm_set_fn(tc_abi(), engine, MGM_F_CHECK_ENGINE_SOURCE_NAME, (void (*)(void))name_of_source);
	result = result_of("host-01", NULL, &rows[0]);
	tc_set_ptr(result, MGM_F_CHECK_RESULT_ENGINE, engine);
	tc_set_ptr(result, MGM_F_CHECK_RESULT_SOURCE, x);
	apply(result);
	is_str(tc_str(find_host("host-01"), MGM_F_HOST_CHECK_SOURCE), "engine says x", "an engine names its source");
	free(engine);
}

static void test_attempts(void)
{
	static const struct {
		int code, attempt, type;
	} steps[] = {
		{ 2, 1, 0 }, { 2, 2, 0 }, { 2, 3, 1 }, { 1, 3, 1 }, { 0, 1, 1 }, { 1, 1, 0 }, { 0, 1, 1 },
	};
	struct row row = rows[0];
	void *service;

	fresh_objects();
	service = find_service("host-01", "service-01");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		row.code = steps[i].code;
		apply(result_of("host-01", "service-01", &row));
		ok(tc_i32(service, MGM_F_SERVICE_CURRENT_ATTEMPT) == steps[i].attempt &&
		       tc_i32(service, MGM_F_SERVICE_STATE_TYPE) == steps[i].type,
		   "step %zu: attempt %d, %s", i, steps[i].attempt, steps[i].type ? "hard" : "soft");
	}
	has_str(scratch_read(scratch_path("log")), "SERVICE ALERT: host-01;service-01;CRITICAL;SOFT;1;", "soft alert");
	has_str(scratch_read(scratch_path("log")), "SERVICE ALERT: host-01;service-01;CRITICAL;HARD;3;", "hard alert");
	has_str(scratch_read(scratch_path("log")), "SERVICE ALERT: host-01;service-01;OK;SOFT;2;", "soft recovery");
}

static void test_retry(void)
{
	struct row row = rows[2];
	void *service;

	fresh_objects();
	service = find_service("host-01", "service-01");
	schedule_service_check(service, time(NULL) + 1000, 0);
	apply(result_of("host-01", "service-01", &row));
	ok(tc_i64(service, MGM_F_SERVICE_NEXT_CHECK) <= time(NULL) + 20, "a soft problem is checked at the retry interval");
	is_int(tc_i32(service, MGM_F_SERVICE_CHECK_OPTIONS), 16, "with the option to postpone");
}

static void test_postponing(void)
{
	int64_t now = time(NULL);
	void *service;

	fresh_objects();
	service = find_service("host-01", "service-01");
	schedule_service_check(service, now + 1000, 0);
	schedule_service_check(service, now + 2000, 0);
	ok(tc_i64(service, MGM_F_SERVICE_NEXT_CHECK) <= now + 1001, "a later time does not replace an earlier one");
	schedule_service_check(service, now + 2000, 16);
	ok(tc_i64(service, MGM_F_SERVICE_NEXT_CHECK) >= now + 1999, "unless postponing is allowed");
	schedule_service_check(service, now + 3000, 1);
	ok(tc_i64(service, MGM_F_SERVICE_NEXT_CHECK) >= now + 2999, "or the check is forced");
	schedule_service_check(service, now + 500, 0);
	ok(tc_i64(service, MGM_F_SERVICE_NEXT_CHECK) <= now + 501, "an earlier time always does");
	is_int((long long)tc_timers_pending(), 1, "there is never more than one event");
}

static void test_passive_and_counters(void)
{
	void *service, *result;

	fresh_objects();
	service = find_service("host-01", "service-01");
	tc_set_i32(service, MGM_F_SERVICE_IS_EXECUTING, 1);
	currently_running_service_checks = 1;
	result = result_of("host-01", "service-01", &rows[2]);
	tc_set_i32(result, MGM_F_CHECK_RESULT_CHECK_TYPE, 1);
	is_int(apply(result), 0, "a passive result is taken");
	ok(tc_i32(service, MGM_F_SERVICE_IS_EXECUTING) == 1 && currently_running_service_checks == 1,
	   "and leaves execution flag and counter alone");
	apply(result_of("host-01", "service-01", &rows[0]));
	ok(tc_i32(service, MGM_F_SERVICE_IS_EXECUTING) == 0 && currently_running_service_checks == 0,
	   "an active one clears both");
	apply(result_of("host-01", "service-01", &rows[0]));
	is_int(currently_running_service_checks, 0, "the counter never goes below 0");
	tc_set_i32(service, MGM_F_SERVICE_ACCEPT_PASSIVE_CHECKS, 0);
	result = result_of("host-01", "service-01", &rows[2]);
	tc_set_i32(result, MGM_F_CHECK_RESULT_CHECK_TYPE, 1);
	is_int(apply(result), -1, "a passive result that is not wanted is refused");
	is_int(tc_i32(service, MGM_F_SERVICE_CURRENT_STATE), 0, "and changes nothing");
	result = result_of("host-01", NULL, &rows[0]);
	tc_set_i32(result, MGM_F_CHECK_RESULT_CHECK_TYPE, 1);
	tc_set_i32(result, MGM_F_CHECK_RESULT_RETURN_CODE, 2);
	apply(result);
	is_int(tc_i32(find_host("host-01"), MGM_F_HOST_CURRENT_STATE), 2, "a passive host state is taken as it is");
}

static void test_unknown(void)
{
	void *result;

	fresh_objects();
	is_int(apply(result_of("host-01", "nosuch", &rows[0])), -1, "unknown service");
	has_str(scratch_read(scratch_path("log")),
	        "Error: Got check result for service 'nosuch' on host 'host-01'. Unable to find service\n", "its log line");
	is_int(apply(result_of("nohost", NULL, &rows[0])), -1, "unknown host");
	has_str(scratch_read(scratch_path("log")),
	        "Error: Got host checkresult for 'nohost', but no such host can be found\n", "its log line");
	result = result_of("host-01", NULL, &rows[0]);
	tc_set_i32(result, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE, 7);
	is_int(apply(result), -1, "unknown type of object");
	is_int(process_check_result(NULL), -1, "no result at all");
}

static void test_freshness(void)
{
	void *service, *result;

	fresh_objects();
	service = find_service("host-01", "service-01");
	tc_set_i32(service, MGM_F_SERVICE_HAS_BEEN_CHECKED, 1);
	tc_set_i64(service, MGM_F_SERVICE_LAST_CHECK, time(NULL));
	tc_set_i32(service, MGM_F_SERVICE_IS_BEING_FRESHENED, 1);
	result = result_of("host-01", "service-01", &rows[2]);
	tc_set_i32(result, MGM_F_CHECK_RESULT_CHECK_OPTIONS, 2);
	apply(result);
	ok(tc_i32(service, MGM_F_SERVICE_CURRENT_STATE) == 0 && tc_i32(service, MGM_F_SERVICE_IS_BEING_FRESHENED) == 0,
	   "a freshness result for a fresh service only clears the mark");
	tc_set_i64(service, MGM_F_SERVICE_LAST_CHECK, time(NULL) - 1000);
	result = result_of("host-01", "service-01", &rows[2]);
	tc_set_i32(result, MGM_F_CHECK_RESULT_CHECK_OPTIONS, 2);
	apply(result);
	is_int(tc_i32(service, MGM_F_SERVICE_CURRENT_STATE), 2, "for a stale one it counts");
}

int main(void)
{
	char message[4096];
	char *argv[] = {
		"t", "--interval=60", "--retry-interval=20", "--max-attempts=3", "--services=1", "--no-host-checks"
	};

	scratch_make();
	if (tc_options_parse(&options, 6, argv, message, sizeof(message)) != TC_OPTIONS_OK)
		return 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_row(&rows[i], &tc_service_kind);
		test_row(&rows[i], &tc_host_kind);
	}
	test_parts();
	test_source();
	test_attempts();
	test_retry();
	test_postponing();
	test_passive_and_counters();
	test_unknown();
	test_freshness();
	clear_event_queue();
	tc_timers_discard();
	tc_objects_free();
	tc_log_close();
	unlink(scratch_path("log"));
	rmdir(scratch_folder);
	return tap_end();
}
