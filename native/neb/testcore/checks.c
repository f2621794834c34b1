/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks.h"

#include <stdlib.h>
#include <time.h>

#include "command_line.h"
#include "exports.h"
#include "objects.h"
#include "report.h"
#include "runner.h"

/* A check that runs in a child of this core. Names instead of pointers: a reload frees the objects. */
struct local_check {
	bool service;
	void *result; /* the check_result to complete */
};

static int ask_modules(const struct tc_kind *kind, void *object, bool initiate, struct timeval start, char *line,
                       void *result)
{
	struct timeval none = { 0, 0 };
	char *command = tc_str(object, kind->check_command);
	double latency = tc_f64(object, kind->latency);
	int active = tc_const(MGM_C_CHECK_TYPE_ACTIVE);
	int timeout = tc_i32(object, kind->check_timeout);

	if (kind->service)
		return broker_service_check(
			tc_const(initiate ? MGM_C_NEBTYPE_SERVICECHECK_INITIATE : MGM_C_NEBTYPE_SERVICECHECK_ASYNC_PRECHECK), 0, 0,
			object, active, start, none, command, latency, 0.0, initiate ? timeout : 0, 0, 0, line, result);
	return broker_host_check(
		tc_const(initiate ? MGM_C_NEBTYPE_HOSTCHECK_INITIATE : MGM_C_NEBTYPE_HOSTCHECK_ASYNC_PRECHECK), 0, 0, object,
		active, tc_i32(object, kind->current_state), tc_i32(object, kind->state_type), start, none, command, latency,
		0.0, timeout, 0, 0, line, NULL, NULL, NULL, result);
}

/* @return whether the verdict ends the check here, with the answer of tc_check_run() in *answer */
static bool is_final(const struct tc_kind *kind, void *object, int verdict, bool initiate, int *answer)
{
	bool cancelled = verdict == tc_const(MGM_C_NEBERROR_CALLBACKCANCEL);
	struct tc_report report = TC_REPORT(cancelled ? TC_CANCEL : TC_CHECK);

	if (!cancelled && verdict != tc_const(MGM_C_NEBERROR_CALLBACKOVERRIDE))
		return false;
	report.kind = kind;
	report.object = object;
	report.by = "module";
	report.stage = initiate ? "initiate" : "precheck";
	tc_report(&report);
	*answer = tc_const(cancelled ? MGM_C_NEB_ERROR : MGM_C_NEB_OK);
	return true;
}

static void *new_result(const struct tc_kind *kind, const void *object, int options, double latency,
                        struct timeval start)
{
	void *result = tc_new(MGM_S_CHECK_RESULT);

	init_check_result(result);
	tc_set_i32(result, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE,
	           tc_const(kind->service ? MGM_C_SERVICE_CHECK : MGM_C_HOST_CHECK));
	tc_set_i32(result, MGM_F_CHECK_RESULT_CHECK_OPTIONS, options);
	tc_set_i32(result, MGM_F_CHECK_RESULT_SCHEDULED_CHECK, 1);
	tc_set_f64(result, MGM_F_CHECK_RESULT_LATENCY, latency);
	tc_set_tv(result, MGM_F_CHECK_RESULT_START_TIME, start);
	tc_set_tv(result, MGM_F_CHECK_RESULT_FINISH_TIME, start);
	tc_set_ptr(result, MGM_F_CHECK_RESULT_HOST_NAME, tc_strdup(tc_str(object, kind->host_name)));
	if (kind->service)
		tc_set_ptr(result, MGM_F_CHECK_RESULT_SERVICE_DESCRIPTION, tc_strdup(tc_str(object, kind->description)));
	return result;
}

static void drop_local(void *arg)
{
	struct local_check *check = arg;

	free_check_result(check->result);
	free(check->result);
	free(check);
}

static void local_done(const struct tc_run_result *run, void *arg)
{
	struct local_check *check = arg;
	void *result = check->result;

	/* Services are counted down where the result is applied, hosts by the worker that ran them. */
	if (!check->service && currently_running_host_checks > 0)
		currently_running_host_checks--;
	tc_set_tv(result, MGM_F_CHECK_RESULT_START_TIME, run->start);
	tc_set_tv(result, MGM_F_CHECK_RESULT_FINISH_TIME, run->finish);
	tc_set_i32(result, MGM_F_CHECK_RESULT_RETURN_CODE, run->return_code);
	tc_set_i32(result, MGM_F_CHECK_RESULT_EXITED_OK, run->exited_ok);
	tc_set_i32(result, MGM_F_CHECK_RESULT_EARLY_TIMEOUT, run->early_timeout);
	tc_take_str(result, MGM_F_CHECK_RESULT_OUTPUT, tc_strdup(run->output));
	tc_set_ptr(result, MGM_F_CHECK_RESULT_SOURCE, "Core Worker");
	process_check_result(result);
	drop_local(check);
}

/* Takes over `result`. */
static void run_locally(const struct tc_kind *kind, void *object, const char *line, void *result)
{
	struct tc_report report = TC_REPORT(TC_LOCAL);
	struct local_check *check = calloc(1, sizeof(*check));

	if (check == NULL)
		abort();
	check->service = kind->service;
	check->result = result;
	if (!tc_runner_start(line, tc_i32(object, kind->check_timeout), local_done, drop_local, check)) {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR), "Unable to send check for %s '%s' on host '%s' to worker",
		       kind->service ? "service" : "host", tc_str(object, kind->service ? kind->description : kind->host_name),
		       tc_str(object, kind->host_name));
		drop_local(check);
		return;
	}
	(*(kind->service ? &currently_running_service_checks : &currently_running_host_checks))++;
	tc_set_i32(object, kind->is_executing, 1);
	update_check_stats(
		tc_const(kind->service ? MGM_C_ACTIVE_SCHEDULED_SERVICE_CHECK_STATS : MGM_C_ACTIVE_SCHEDULED_HOST_CHECK_STATS),
		time(NULL));
	report.kind = kind;
	report.object = object;
	report.by = "core";
	report.command = line;
	tc_report(&report);
}

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int tc_check_run(const struct tc_kind *kind, void *object, int options, double latency)
{
	struct tc_extra *extra = tc_extra_of(kind, object);
	struct timeval start = { 0, 0 };
	char *line;
	void *result;
	int answer = tc_const(MGM_C_NEB_OK);

	/* A host shows its former latency at PRECHECK, a service the new one. */
	if (kind->service)
		tc_set_f64(object, kind->latency, latency);
	if (is_final(kind, object, ask_modules(kind, object, false, start, NULL, NULL), false, &answer))
		return answer;
	tc_set_f64(object, kind->latency, latency);
	line = tc_command_line(kind, object, extra == NULL ? NULL : extra->command, tc_str(object, kind->check_command));
	if (line == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	gettimeofday(&start, NULL);
	result = new_result(kind, object, options, latency, start);
	extra->initiated_ns = monotonic_ns();
	if (is_final(kind, object, ask_modules(kind, object, true, start, line, result), true, &answer)) {
		if (answer != tc_const(MGM_C_NEB_OK))
			extra->initiated_ns = 0;
		free_check_result(result);
		free(result);
	} else {
		run_locally(kind, object, line, result);
	}
	free(line);
	return answer;
}
