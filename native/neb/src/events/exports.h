/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Events of the core that are exported as they are: process, timed and log events (neb-module.md 2.10). */
#ifndef MGM_EXPORTS_H
#define MGM_EXPORTS_H

#include "module.h"

/**
 * Handlers of PROCESS_DATA (types 106, 102 and 103 only), TIMED_EVENT_DATA and LOG_DATA. They log nothing: a line in
 * the core's log is an event again.
 *
 * @return code of the last rule for that callback, NEB_OK without one
 */
int mgm_exports_process(struct mgm_module *m, void *event);
int mgm_exports_timed_event(struct mgm_module *m, void *event);
int mgm_exports_log(struct mgm_module *m, void *event);
/** @return whether events that come after the end of the loop are exported */
bool mgm_exports_last_events(const struct mgm_module *m);

#endif
