/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flatten.h"

/* Upper end of the range of small latencies, seconds. */
#define SMALL_LATENCY_S 5

/* What differs between services and hosts. */
struct flatten_kind {
	const char *name; /* as in log lines */
	enum mgm_const processed;
	enum mgm_field type, object, result, check_interval, next_check, next_check_event;
};

static const struct flatten_kind service_kind = {
	"Service",
	MGM_C_NEBTYPE_SERVICECHECK_PROCESSED,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_TYPE,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_OBJECT_PTR,
	MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_CHECK_RESULT_PTR,
	MGM_F_SERVICE_CHECK_INTERVAL,
	MGM_F_SERVICE_NEXT_CHECK,
	MGM_F_SERVICE_NEXT_CHECK_EVENT,
};

static const struct flatten_kind host_kind = {
	"Host",
	MGM_C_NEBTYPE_HOSTCHECK_PROCESSED,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_TYPE,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_OBJECT_PTR,
	MGM_F_NEBSTRUCT_HOST_CHECK_DATA_CHECK_RESULT_PTR,
	MGM_F_HOST_CHECK_INTERVAL,
	MGM_F_HOST_NEXT_CHECK,
	MGM_F_HOST_NEXT_CHECK_EVENT,
};

int64_t mgm_flatten_delay(double latency, uint32_t window, uint64_t random)
{
	int64_t end = latency < window ? (int64_t)latency : (int64_t)window;

	if (end < SMALL_LATENCY_S)
		end = SMALL_LATENCY_S < window ? SMALL_LATENCY_S : (int64_t)window;
	return end > 1 ? 1 + (int64_t)(random % (uint64_t)(end - 1)) : 1;
}

/* Numbers that only have to be spread (a step of splitmix64). */
static uint64_t next_random(struct mgm_module *m)
{
	uint64_t z = m->flatten_random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Nagios ignores a later time for an object that has an event already: the event itself is moved. */
static void move_event(struct mgm_module *m, const struct flatten_kind *kind, void *object, int64_t delay)
{
	const struct mgm_abi *abi = m->core.abi;
	void *event = mgm_get_ptr(abi, object, kind->next_check_event);

	if (event == NULL || *m->core.nagios_squeue == NULL)
		return;
	m->core.remove_event(*m->core.nagios_squeue, event);
	mgm_set_i64(abi, event, MGM_F_TIMED_EVENT_RUN_TIME, mgm_get_i64(abi, event, MGM_F_TIMED_EVENT_RUN_TIME) + delay);
	mgm_set_i64(abi, object, kind->next_check, mgm_get_i64(abi, object, kind->next_check) + delay);
	m->core.add_event(*m->core.nagios_squeue, event);
}

static void postpone(struct mgm_module *m, const struct flatten_kind *kind, void *object, int64_t delay)
{
	const struct mgm_abi *abi = m->core.abi;
	int options = mgm_constant(abi, MGM_C_CHECK_OPTION_ALLOW_POSTPONE, 16);
	int64_t when = mgm_get_i64(abi, object, kind->next_check) + delay;

	if (m->core.family == MGM_NAGIOS)
		move_event(m, kind, object, delay);
	else
		mgm_core_schedule(&m->core, kind == &service_kind, object, when, options);
}

static void log_delay(struct mgm_module *m, const struct flatten_kind *kind, void *object, int64_t delay,
                      double latency)
{
	const struct mgm_abi *abi = m->core.abi;
	bool is_service = kind == &service_kind;
	void *host = is_service ? mgm_get_ptr(abi, object, MGM_F_SERVICE_HOST_PTR) : object;
	const char *host_name = host != NULL ? mgm_get_cstr(abi, host, MGM_F_HOST_NAME) : NULL;
	const char *description = is_service ? mgm_get_cstr(abi, object, MGM_F_SERVICE_DESCRIPTION) : NULL;

	if (!m->settings.debug || host_name == NULL || (is_service && description == NULL))
		return;
	mgm_log_debug(&m->log, "delayed %s %s%s%s by %lld seconds (latency: %.3fs)", is_service ? "service" : "host",
	              host_name, is_service ? " - " : "", is_service ? description : "", (long long)delay, latency);
}

static int on_processed(struct mgm_module *m, const struct flatten_kind *kind, void *event)
{
	const struct mgm_abi *abi = m->core.abi;
	void *object, *result;
	double latency;

	if (mgm_get_i32(abi, event, kind->type) != mgm_constant(abi, kind->processed, -1) ||
	    m->settings.latency_flatten_window == 0)
		return MGM_NEB_OK;
	object = mgm_get_ptr(abi, event, kind->object);
	if (object == NULL) {
		mgm_log_error(&m->log, "%s result handler received NULL %s object pointer.", kind->name,
		              kind == &service_kind ? "service" : "host");
		return MGM_NEB_ERROR;
	}
	if (mgm_get_f64(abi, object, kind->check_interval) == 0.0)
		return MGM_NEB_OK;
	result = mgm_get_ptr(abi, event, kind->result);
	if (result == NULL) {
		mgm_log_error(&m->log, "%s result handler received NULL check result object pointer.", kind->name);
		return MGM_NEB_ERROR;
	}
	latency = mgm_get_f64(abi, result, MGM_F_CHECK_RESULT_LATENCY);
	/* The other way round NaN would pass. */
	if (latency >= 1) {
		int64_t delay = mgm_flatten_delay(latency, m->settings.latency_flatten_window, next_random(m));

		postpone(m, kind, object, delay);
		log_delay(m, kind, object, delay, latency);
	}
	return MGM_NEB_OK;
}

int mgm_flatten_service(struct mgm_module *m, void *event)
{
	return on_processed(m, &service_kind, event);
}

int mgm_flatten_host(struct mgm_module *m, void *event)
{
	return on_processed(m, &host_kind, event);
}
