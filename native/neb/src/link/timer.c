/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timer.h"

#include <stdlib.h>
#include <time.h>

/* Naemon's callback. The event no longer exists once this runs, for any reason. */
static void naemon_fired(void *properties)
{
	const struct mgm_abi *abi;
	struct mgm_timer *timer;

	/* user_data lies at the same place in every class, but only the timer knows the table: read it raw once. */
	timer = mgm_get_ptr(&mgm_abi_classes[0], properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_USER_DATA);
	abi = timer->core->abi;
	timer->event = NULL;
	if (mgm_get_i32(abi, properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_EXECUTION_TYPE) !=
	    mgm_constant(abi, MGM_C_EVENT_EXEC_NORMAL, 0))
		return;
	if (timer->seconds > 0)
		timer->event = timer->core->schedule_event(timer->seconds, naemon_fired, timer);
	timer->fire(timer->arg);
}

static void nagios_fired(void *arg)
{
	struct mgm_timer *timer = arg;

	timer->fire(timer->arg);
}

bool mgm_timer_start(struct mgm_timer *timer, const struct mgm_core *core, int64_t seconds, void (*fire)(void *arg),
                     void *arg)
{
	union {
		void (*function)(void *);
		void *data;
	} handler = { nagios_fired };

	timer->core = core;
	timer->seconds = seconds;
	timer->fire = fire;
	timer->arg = arg;
	if (core->family == MGM_NAEMON)
		timer->event = core->schedule_event(seconds, naemon_fired, timer);
	else if (seconds > 0 && *core->nagios_squeue != NULL)
		timer->event = core->schedule_new_event(mgm_constant(core->abi, MGM_C_EVENT_USER_FUNCTION, 99), 1,
		                                        (int64_t)time(NULL) + seconds, 1, (unsigned long)seconds, NULL, 1,
		                                        handler.data, timer, 0);
	return timer->event != NULL;
}

void mgm_timer_stop(struct mgm_timer *timer)
{
	void *event = timer->event;

	if (event == NULL)
		return;
	timer->event = NULL;
	if (timer->core->family == MGM_NAEMON) {
		timer->core->destroy_event(event); /* calls naemon_fired() with ABORTED */
		return;
	}
	timer->core->remove_event(*timer->core->nagios_squeue, event);
	free(event);
}
