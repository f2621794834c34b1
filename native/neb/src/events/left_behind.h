/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Event handlers and notifications that the bridge has not got when the core's loop ends: counted and named. */
#ifndef MGM_LEFT_BEHIND_H
#define MGM_LEFT_BEHIND_H

#include <stddef.h>

#include "pending.h"

struct mgm_left_behind {
	size_t handlers;
	size_t notifications;
	char names[400]; /* of the first ones */
};

/** Adds those from this one on. */
void mgm_left_behind_add(struct mgm_left_behind *left, const struct mgm_event *at);
/** @return how many */
size_t mgm_left_behind_count(const struct mgm_left_behind *left);

#endif
