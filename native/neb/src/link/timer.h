/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Timed events of the core: Naemon's schedule_event() (one shot, armed again by us) or Nagios'
 * schedule_new_event() (recurring, owned by us).
 */
#ifndef MGM_TIMER_H
#define MGM_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "layout/core.h"

struct mgm_timer {
	const struct mgm_core *core; /* borrowed */
	void *event;                 /* of the core; NULL while not armed */
	int64_t seconds;             /* 0: once, at the next turn of the event loop (Naemon only) */
	void (*fire)(void *arg);
	void *arg;
};

/**
 * Arm `timer`, every `seconds` (at least 1), or once when `seconds` is 0. Stop it first if it is armed.
 * Not before EVENTLOOPSTART: Nagios has no event queue earlier.
 *
 * @return false when the core refused
 */
bool mgm_timer_start(struct mgm_timer *timer, const struct mgm_core *core, int64_t seconds, void (*fire)(void *arg),
                     void *arg);
/** Idempotent. Must be called before the module is unloaded; not from within `fire` on Nagios. */
void mgm_timer_stop(struct mgm_timer *timer);

#endif
