/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What happens when a check is due, and the search for lost ones. */
#include "schedule.h"

#include <time.h>

#include "checks.h"
#include "exports.h"
#include "next_check.h"
#include "objects.h"
#include "report.h"
#include "timers.h"

#define ORPHAN_INTERVAL_SECONDS 60

static struct {
	int margin;
	int interval;
} orphans;

static void check_due(const struct tc_kind *kind, const void *properties)
{
	struct tc_timer_info info = tc_timer_info(properties);
	void *object = info.user_data;
	int options = tc_i32(object, kind->check_options);
	bool forced = (options & tc_const(MGM_C_CHECK_OPTION_FORCE_EXECUTION)) != 0;
	bool recurring = tc_f64(object, kind->check_interval) != 0.0;

	tc_set_ptr(object, kind->next_check_event, NULL);
	if (info.aborted)
		return;
	/* While a check is out, nothing is planned: a lost service check fires once more, then only as an orphan. */
	if (recurring && !tc_i32(object, kind->is_executing))
		tc_schedule_next(kind, object, tc_interval_seconds(object, kind->check_interval), 0);
	if (kind->service) {
		if (forced || tc_i32(object, kind->checks_enabled))
			tc_check_run(kind, object, options, info.latency);
		return;
	}
	if (!forced && (tc_i32(object, kind->is_executing) || !tc_i32(object, kind->checks_enabled)))
		return;
	if (tc_check_run(kind, object, options, info.latency) != tc_const(MGM_C_NEB_OK) &&
	    tc_f64(object, kind->retry_interval) != 0.0 && !tc_i32(object, kind->is_executing))
		tc_schedule_next(kind, object, tc_interval_seconds(object, kind->retry_interval), 0);
}

static void look_for_orphan(const struct tc_kind *kind, void *object, void *arg)
{
	int margin = *(const int *)arg;
	int *running = kind->service ? &currently_running_service_checks : &currently_running_host_checks;
	struct tc_report report = TC_REPORT(TC_ORPHAN);
	double expected;

	if (!tc_i32(object, kind->is_executing))
		return;
	expected = (double)tc_i64(object, kind->next_check) + tc_f64(object, kind->latency) +
	           tc_i32(object, kind->check_timeout) + margin;
	if ((int64_t)expected >= time(NULL))
		return;
	nm_log(tc_const(MGM_C_NSLOG_RUNTIME_WARNING),
	       "Warning: The check of %s%s%s%s'%s' looks like it was orphaned (results never came back; last_check=%lld; "
	       "next_check=%lld).  I'm scheduling an immediate check of the %s...",
	       kind->service ? "service '" : "", kind->service ? tc_str(object, kind->description) : "",
	       kind->service ? "' on " : "", "host ", tc_str(object, kind->host_name),
	       (long long)tc_i64(object, kind->last_check), (long long)tc_i64(object, kind->next_check),
	       kind->service ? "service" : "host");
	if (*running > 0)
		(*running)--;
	tc_set_i32(object, kind->is_executing, 0);
	report.kind = kind;
	report.object = object;
	tc_report(&report);
	tc_schedule_next(kind, object, 0, tc_const(MGM_C_CHECK_OPTION_ORPHAN_CHECK));
}

void tc_orphans_search(const struct tc_kind *kind, int margin)
{
	tc_objects_each(kind, look_for_orphan, &margin);
}

static void orphans_due(void *properties)
{
	if (tc_timer_info(properties).aborted)
		return;
	schedule_event(orphans.interval, orphans_due, NULL);
	tc_orphans_search(&tc_service_kind, orphans.margin);
	tc_orphans_search(&tc_host_kind, orphans.margin);
}

/* A next_check that survived a reload is kept; everything else is spread evenly, the same way in every run. */
static void first_check(const struct tc_kind *kind, void *object, void *arg)
{
	int64_t interval = tc_interval_seconds(object, kind->check_interval);
	int64_t delay = tc_i64(object, kind->next_check) - time(NULL);
	int64_t id = tc_i32(object, kind->id);

	(void)arg;
	if (interval == 0 || !tc_i32(object, kind->checks_enabled))
		return;
	if (tc_i64(object, kind->next_check) == 0 || delay < -interval || delay > interval)
		delay = id * interval / (int64_t)tc_objects_count(kind);
	tc_schedule_next(kind, object, delay < 0 ? 0 : delay, 0);
}

void tc_checks_enable(void)
{
	tc_next_check_on_due(check_due);
}

void tc_checks_start(int orphan_margin_seconds, bool orphan_checks)
{
	tc_checks_enable();
	tc_objects_each(&tc_host_kind, first_check, NULL);
	tc_objects_each(&tc_service_kind, first_check, NULL);
	orphans.margin = orphan_margin_seconds;
	orphans.interval = orphan_margin_seconds < 1 ? 1 : orphan_margin_seconds;
	if (orphans.interval > ORPHAN_INTERVAL_SECONDS)
		orphans.interval = ORPHAN_INTERVAL_SECONDS;
	if (orphan_checks)
		schedule_event(orphans.interval, orphans_due, NULL);
}
