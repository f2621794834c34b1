/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Work that goes on at the next turn of the core's loop: a timed event of no delay on Naemon, which lets everything that
 * is due run in between, a readable eventfd on Nagios, where that does not delay timed events.
 */
#ifndef MGM_LATER_H
#define MGM_LATER_H

#include <stdbool.h>

#include "timer.h"

struct mgm_later {
	const struct mgm_core *core; /* borrowed */
	struct mgm_timer timer;      /* Naemon */
	int fd;                      /* Nagios, -1 while nothing is wanted */
	bool wanted;
	void (*fire)(void *arg);
	void *arg;
};

void mgm_later_init(struct mgm_later *later, const struct mgm_core *core, void (*fire)(void *arg), void *arg);
/** Have `fire` called once at the next turn. Idempotent until then. @return false when the core refused */
bool mgm_later_request(struct mgm_later *later);
/** Idempotent. Must be called before the module is unloaded, while the core's iobroker exists. */
void mgm_later_stop(struct mgm_later *later);

#endif
