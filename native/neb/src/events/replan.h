/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Held checks are planned again once the bridge is back. */
#ifndef MGM_REPLAN_H
#define MGM_REPLAN_H

#include "module.h"

/** Longest time, seconds, over which they are spread. */
#define MGM_REPLAN_MAX_S 300

/** @return the option of a check that is forced */
int mgm_replan_forced(const struct mgm_module *m);
/** @return false while half of what may wait for the bridge is there: planned checks would fill it again at once */
bool mgm_replan_has_room(const struct mgm_module *m);
/**
 * A check is held, its event is being handled.
 *
 * @param options of the check; at PRECHECK Naemon has forgotten them, and its mark of freshness tells that it is forced
 */
void mgm_replan_note(struct mgm_module *m, void *object, bool is_service, int options);
/**
 * Plans some of the held checks if the bridge is ready and there is room, spread over the time that it was away, so that at most twice the usual
 * number is due. One that runs before that anyway is left alone. @return false if more are left for the next turn of the loop
 */
bool mgm_replan_slice(struct mgm_module *m, bool is_ready);

#endif
