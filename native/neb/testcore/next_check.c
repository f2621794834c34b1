/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "next_check.h"

#include <stddef.h>
#include <time.h>

#include "exports.h"

static void ignore(const struct tc_kind *kind, const void *properties)
{
	(void)kind;
	(void)properties;
}

static void (*due)(const struct tc_kind *, const void *) = ignore;

void tc_next_check_on_due(void (*handler)(const struct tc_kind *kind, const void *properties))
{
	due = handler;
}

int64_t tc_interval_seconds(const void *object, enum mgm_field interval)
{
	double exact = tc_f64(object, interval) * interval_length;
	int64_t whole = (int64_t)exact;

	return (double)whole < exact ? whole + 1 : whole;
}

static void host_due(void *properties)
{
	due(&tc_host_kind, properties);
}

static void service_due(void *properties)
{
	due(&tc_service_kind, properties);
}

void tc_schedule_next(const struct tc_kind *kind, void *object, int64_t delay, int options)
{
	int64_t when = (int64_t)time(NULL) + delay;
	void *planned = tc_ptr(object, kind->next_check_event);
	int overriding = tc_const(MGM_C_CHECK_OPTION_FORCE_EXECUTION) | tc_const(MGM_C_CHECK_OPTION_ALLOW_POSTPONE);

	if (planned != NULL && tc_i64(object, kind->next_check) < when && !(options & overriding))
		return;
	if (planned != NULL)
		destroy_event(planned);
	tc_set_i32(object, kind->check_options, options);
	tc_set_i64(object, kind->next_check, when);
	tc_set_ptr(object, kind->next_check_event, schedule_event(delay, kind->service ? service_due : host_due, object));
}

void schedule_service_check(void *service, int64_t when, int options)
{
	tc_schedule_next(&tc_service_kind, service, when - time(NULL), options);
}

void schedule_host_check(void *host, int64_t when, int options)
{
	tc_schedule_next(&tc_host_kind, host, when - time(NULL), options);
}
