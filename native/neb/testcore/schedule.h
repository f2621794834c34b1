/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Checks that are due, and checks whose result never came. */
#ifndef TC_SCHEDULE_H
#define TC_SCHEDULE_H

#include <stdbool.h>

#include "layout.h"

/** From now on a check that is due is run. */
void tc_checks_enable(void);

/** tc_checks_enable(), then schedule the first check of every object, spread evenly over the interval, and the search for lost ones. */
void tc_checks_start(int orphan_margin_seconds, bool orphan_checks);

/** Look for checks whose result never came; `margin` seconds beyond next_check + latency + timeout. */
void tc_orphans_search(const struct tc_kind *kind, int margin);

#endif
