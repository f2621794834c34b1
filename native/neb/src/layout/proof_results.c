/* SPDX-License-Identifier: GPL-2.0-or-later */
/** 4.12: check results fed into stand-ins; the members are proven by what the core makes of them. */
#include "proof_checks.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Marks that differ from each other and from TRUE, so that no member can be taken for another. */
#define EXECUTING_MARK 5
#define FRESHENED_MARK 7
#define EXECUTION_SECONDS 2.5
#define LATENCY 0.625
#define AGE_SECONDS 100000

/* What differs between a host and a service here. */
struct kind {
	const char *what;
	enum mgm_field is_executing, is_being_freshened, has_been_checked, should_be_scheduled, check_interval;
	enum mgm_field current_state, state_type, current_attempt, max_attempts, freshness_threshold;
	enum mgm_field last_check, last_state_change, checks_enabled, accept_passive, check_type;
	enum mgm_field execution_time, plugin_output, long_plugin_output, perf_data, latency;
	int32_t object_check_type;
	int32_t bad_state; /* starting as DOWN keeps a host from asking its (absent) neighbours */
};

/* clang-format off */
static const struct kind host_kind = {
	"host", MGM_F_HOST_IS_EXECUTING, MGM_F_HOST_IS_BEING_FRESHENED, MGM_F_HOST_HAS_BEEN_CHECKED,
	MGM_F_HOST_SHOULD_BE_SCHEDULED, MGM_F_HOST_CHECK_INTERVAL, MGM_F_HOST_CURRENT_STATE, MGM_F_HOST_STATE_TYPE,
	MGM_F_HOST_CURRENT_ATTEMPT, MGM_F_HOST_MAX_ATTEMPTS, MGM_F_HOST_FRESHNESS_THRESHOLD, MGM_F_HOST_LAST_CHECK,
	MGM_F_HOST_LAST_STATE_CHANGE, MGM_F_HOST_CHECKS_ENABLED, MGM_F_HOST_ACCEPT_PASSIVE_CHECKS,
	MGM_F_HOST_CHECK_TYPE, MGM_F_HOST_EXECUTION_TIME, MGM_F_HOST_PLUGIN_OUTPUT, MGM_F_HOST_LONG_PLUGIN_OUTPUT,
	MGM_F_HOST_PERF_DATA, MGM_F_HOST_LATENCY, 1, 1,
};

static const struct kind service_kind = {
	"service", MGM_F_SERVICE_IS_EXECUTING, MGM_F_SERVICE_IS_BEING_FRESHENED, MGM_F_SERVICE_HAS_BEEN_CHECKED,
	MGM_F_SERVICE_SHOULD_BE_SCHEDULED, MGM_F_SERVICE_CHECK_INTERVAL, MGM_F_SERVICE_CURRENT_STATE,
	MGM_F_SERVICE_STATE_TYPE, MGM_F_SERVICE_CURRENT_ATTEMPT, MGM_F_SERVICE_MAX_ATTEMPTS,
	MGM_F_SERVICE_FRESHNESS_THRESHOLD, MGM_F_SERVICE_LAST_CHECK, MGM_F_SERVICE_LAST_STATE_CHANGE,
	MGM_F_SERVICE_CHECKS_ENABLED, MGM_F_SERVICE_ACCEPT_PASSIVE_CHECKS, MGM_F_SERVICE_CHECK_TYPE,
	MGM_F_SERVICE_EXECUTION_TIME, MGM_F_SERVICE_PLUGIN_OUTPUT, MGM_F_SERVICE_LONG_PLUGIN_OUTPUT,
	MGM_F_SERVICE_PERF_DATA, MGM_F_SERVICE_LATENCY, 0, 0,
};
/* clang-format on */

/* One result and its effect. */
struct scenario {
	const char *name;
	int32_t check_type, check_options, early_timeout, exited_ok, return_code, reschedule;
	bool bad;              /* the object starts in a problem state */
	double check_interval; /* 0: nothing is rescheduled */
	int32_t executing;     /* is_executing afterwards */
	int32_t freshened;     /* is_being_freshened afterwards */
	int32_t scheduled;     /* should_be_scheduled afterwards, -1: not looked at */
	const char *output;    /* part of the plugin output afterwards */
};

static const struct scenario scenarios[] = {
	{ "a normal result", 0, 0, 0, 1, 0, 0, false, 0, 0, FRESHENED_MARK, 0, "mgm result" },
	{ "a passive result", 1, 0, 0, 1, 0, 0, false, 0, EXECUTING_MARK, FRESHENED_MARK, -1, "mgm result" },
	{ "a freshness result", 0, 2, 0, 1, 0, 0, false, 0, 0, 0, -1, "mgm result" },
	{ "exited_ok=0", 0, 0, 0, 0, 0, 0, true, 0, 0, FRESHENED_MARK, -1, "did not exit properly" },
	{ "early_timeout=1", 0, 0, 1, 1, 0, 0, true, 0, 0, FRESHENED_MARK, -1, "timed out after 2.5" },
	{ "return_code=77", 0, 0, 0, 1, 77, 0, true, 0, 0, FRESHENED_MARK, -1, "(Return code of 77" },
	{ "reschedule_check=1", 0, 0, 0, 1, 0, 1, false, 5, 0, FRESHENED_MARK, 1, "mgm result" },
	{ "reschedule_check=0", 0, 0, 0, 1, 0, 0, false, 5, 0, FRESHENED_MARK, 0, "mgm result" },
};

static const char *source_name(const void *source)
{
	return source;
}

static void fill_object(struct mgm_proof *proof, const struct kind *kind, const struct scenario *scenario, void *object)
{
	const struct mgm_abi *abi = proof->abi;
	int64_t now = (int64_t)time(NULL);

	mgm_set_i32(abi, object, kind->current_state, scenario->bad ? kind->bad_state : 0);
	mgm_set_i32(abi, object, kind->state_type, 1);
	mgm_set_i32(abi, object, kind->current_attempt, 1);
	mgm_set_i32(abi, object, kind->max_attempts, 1);
	mgm_set_i32(abi, object, kind->freshness_threshold, 1);
	mgm_set_i32(abi, object, kind->checks_enabled, 1);
	mgm_set_i32(abi, object, kind->accept_passive, 1);
	mgm_set_f64(abi, object, kind->check_interval, scenario->check_interval);
	mgm_set_i64(abi, object, kind->last_check, now - AGE_SECONDS);
	mgm_set_i64(abi, object, kind->last_state_change, now - AGE_SECONDS);
	mgm_set_i32(abi, object, kind->has_been_checked, 0);
	mgm_set_i32(abi, object, kind->should_be_scheduled, 1 - scenario->reschedule);
	mgm_set_i32(abi, object, kind->is_executing, EXECUTING_MARK);
	mgm_set_i32(abi, object, kind->is_being_freshened, FRESHENED_MARK);
}

/* A host that is up, checked just now and not to be asked again. */
static void *new_host(struct mgm_proof *proof)
{
	const struct mgm_abi *abi = proof->abi;
	void *host = mgm_stand_in();
	int64_t now = (int64_t)time(NULL);

	mgm_set_cstr(abi, host, MGM_F_HOST_NAME, "mgm proof host");
	mgm_set_cstr(abi, host, MGM_F_HOST_CHECK_COMMAND, "mgm host command");
	mgm_set_ptr(abi, host, MGM_F_HOST_PARENT_HOSTS, mgm_get_ptr(abi, proof->host, MGM_F_HOST_PARENT_HOSTS));
	mgm_set_i32(abi, host, MGM_F_HOST_HAS_BEEN_CHECKED, 1);
	mgm_set_i32(abi, host, MGM_F_HOST_MAX_ATTEMPTS, 1);
	mgm_set_i64(abi, host, MGM_F_HOST_LAST_CHECK, now);
	mgm_set_i64(abi, host, MGM_F_HOST_LAST_STATE_CHANGE, now);
	return host;
}

static void *new_service(struct mgm_proof *proof)
{
	void *service = mgm_stand_in();

	mgm_set_cstr(proof->abi, service, MGM_F_SERVICE_HOST_NAME, "mgm proof host");
	mgm_set_cstr(proof->abi, service, MGM_F_SERVICE_DESCRIPTION, "mgm proof service");
	mgm_set_cstr(proof->abi, service, MGM_F_SERVICE_CHECK_COMMAND, "mgm service command");
	mgm_set_ptr(proof->abi, service, MGM_F_SERVICE_HOST_PTR, new_host(proof));
	return service;
}

static void *new_result(struct mgm_proof *proof, const struct kind *kind, const struct scenario *scenario,
                        int64_t started)
{
	const struct mgm_abi *abi = proof->abi;
	void *result = mgm_stand_in(), *engine = mgm_stand_in();

	mgm_set_fn(abi, engine, MGM_F_CHECK_ENGINE_SOURCE_NAME, (void (*)(void))source_name);
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_OBJECT_CHECK_TYPE, kind->object_check_type);
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_CHECK_TYPE, scenario->check_type);
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_CHECK_OPTIONS, scenario->check_options);
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_SCHEDULED_CHECK, 1);
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_RESCHEDULE_CHECK, scenario->reschedule);
	mgm_set_f64(abi, result, MGM_F_CHECK_RESULT_LATENCY, LATENCY);
	mgm_set_timeval(abi, result, MGM_F_CHECK_RESULT_START_TIME, (struct timeval){ started, 250000 });
	mgm_set_timeval(abi, result, MGM_F_CHECK_RESULT_FINISH_TIME, (struct timeval){ started + 2, 750000 });
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_EARLY_TIMEOUT, scenario->early_timeout);
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_EXITED_OK, scenario->exited_ok);
	mgm_set_i32(abi, result, MGM_F_CHECK_RESULT_RETURN_CODE, scenario->return_code);
	mgm_set_cstr(abi, result, MGM_F_CHECK_RESULT_OUTPUT, strdup("mgm result|mgm=3\nmgm second line"));
	mgm_set_ptr(abi, result, MGM_F_CHECK_RESULT_ENGINE, engine);
	mgm_set_cstr(abi, result, MGM_F_CHECK_RESULT_SOURCE, "mgm source");
	return result;
}

static bool refuse_effect(struct mgm_proof *proof, const struct scenario *scenario, enum mgm_field field)
{
	return mgm_refuse(proof, "%s: %s", scenario->name, mgm_field_infos[field].name);
}

static bool check_flags(struct mgm_proof *proof, const struct kind *kind, const struct scenario *scenario,
                        const void *object)
{
	const struct mgm_abi *abi = proof->abi;

	if (mgm_get_i32(abi, object, kind->is_executing) != scenario->executing)
		return refuse_effect(proof, scenario, kind->is_executing);
	if (mgm_get_i32(abi, object, kind->is_being_freshened) != scenario->freshened)
		return refuse_effect(proof, scenario, kind->is_being_freshened);
	if (mgm_get_i32(abi, object, kind->has_been_checked) != 1)
		return refuse_effect(proof, scenario, kind->has_been_checked);
	if (mgm_has(abi, kind->should_be_scheduled) && scenario->scheduled >= 0 &&
	    mgm_get_i32(abi, object, kind->should_be_scheduled) != scenario->scheduled)
		return refuse_effect(proof, scenario, kind->should_be_scheduled);
	if (mgm_get_i32(abi, object, kind->check_type) != scenario->check_type)
		return refuse_effect(proof, scenario, kind->check_type);
	return true;
}

static bool same_text(const struct mgm_abi *abi, const void *object, enum mgm_field field, const char *part)
{
	const char *text = mgm_get_cstr(abi, object, field);

	return text != NULL && strstr(text, part) != NULL;
}

static bool is_about(double seen, double wanted)
{
	return seen > wanted - 0.001 && seen < wanted + 0.001;
}

static bool check_values(struct mgm_proof *proof, const struct kind *kind, const struct scenario *scenario,
                         const void *object, int64_t started)
{
	const struct mgm_abi *abi = proof->abi;
	double latency = mgm_get_f64(abi, object, kind->latency);

	if (!is_about(mgm_get_f64(abi, object, kind->execution_time), EXECUTION_SECONDS))
		return refuse_effect(proof, scenario, kind->execution_time);
	if (mgm_get_i64(abi, object, kind->last_check) != started)
		return refuse_effect(proof, scenario, kind->last_check);
	/* Naemon up to 1.4.1 keeps the scheduling latency of a service. */
	if (!is_about(latency, LATENCY) && (kind->object_check_type != 0 || !is_about(latency, 0)))
		return refuse_effect(proof, scenario, kind->latency);
	if (!same_text(abi, object, kind->plugin_output, scenario->output))
		return refuse_effect(proof, scenario, kind->plugin_output);
	if (strcmp(scenario->output, "mgm result") != 0)
		return true;
	if (!same_text(abi, object, kind->long_plugin_output, "mgm second line"))
		return refuse_effect(proof, scenario, kind->long_plugin_output);
	return same_text(abi, object, kind->perf_data, "mgm=3") || refuse_effect(proof, scenario, kind->perf_data);
}

static bool check_scenario(struct mgm_proof *proof, const struct kind *kind, const struct scenario *scenario)
{
	bool is_host = kind == &host_kind;
	int64_t started = (int64_t)time(NULL) - 20;
	void *object = is_host ? new_host(proof) : new_service(proof);
	void *result = new_result(proof, kind, scenario, started);

	fill_object(proof, kind, scenario, object);
	if (is_host)
		proof->calls.handle_async_host_check_result(object, result);
	else
		proof->calls.handle_async_service_check_result(object, result);
	return check_flags(proof, kind, scenario, object) && check_values(proof, kind, scenario, object, started);
}

bool mgm_check_results(struct mgm_proof *proof)
{
	/* Staleness is measured from these. */
	*proof->calls.event_start = 0;
	*proof->calls.program_start = 0;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (!check_scenario(proof, &service_kind, &scenarios[i]) || !check_scenario(proof, &host_kind, &scenarios[i]))
			return false;
	}
	return true;
}
