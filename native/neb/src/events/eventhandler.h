/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Event handlers, object and global ones (neb-module.md 2.7). */
#ifndef MGM_EVENTHANDLER_H
#define MGM_EVENTHANDLER_H

#include "module.h"

/**
 * NEBCALLBACK_EVENT_HANDLER_DATA.
 *
 * @param event nebstruct_event_handler_data
 * @return NEB_OK (the core runs it), or the core's value for override
 */
int mgm_eventhandler_event(struct mgm_module *m, void *event);

#endif
