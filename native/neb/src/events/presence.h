/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Logs whether the bridge is connected, once per change, with counts of the meantime. */
#ifndef MGM_PRESENCE_H
#define MGM_PRESENCE_H

#include "module.h"

/**
 * Something about the bridge may have changed. `why` is used if it is away now. Its absence is logged at the next
 * tick, so that a short absence without held events is not logged.
 */
void mgm_presence_update(struct mgm_module *m, const char *why);
/** Why the core runs everything itself. */
void mgm_presence_log_fault(struct mgm_module *m);
/** Once a second: the lines for a bridge that is away, never connected, or has reported a fault. */
void mgm_presence_tick(struct mgm_module *m);

#endif
