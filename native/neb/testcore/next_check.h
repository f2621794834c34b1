/* SPDX-License-Identifier: GPL-2.0-or-later */
/** When an object is checked next: Naemon's rules for next_check and its event. */
#ifndef TC_NEXT_CHECK_H
#define TC_NEXT_CHECK_H

#include <stdint.h>

#include "layout.h"

/** check_interval or retry_interval of an object in whole seconds, rounded up. */
int64_t tc_interval_seconds(const void *object, enum mgm_field interval);

/**
 * Schedule the next check in `delay` seconds. As in Naemon: an earlier one that is already scheduled wins,
 * unless the options force execution or allow to postpone.
 */
void tc_schedule_next(const struct tc_kind *kind, void *object, int64_t delay, int options);

/** What is called when a check is due, with the argument of an event callback. Before it is set nothing is run. */
void tc_next_check_on_due(void (*due)(const struct tc_kind *kind, const void *properties));

#endif
