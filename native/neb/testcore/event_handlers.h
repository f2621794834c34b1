/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Event handlers of hosts and services. */
#ifndef TC_EVENT_HANDLERS_H
#define TC_EVENT_HANDLERS_H

#include "layout.h"

/** Fire the event handler of an object, if it has one and handlers are enabled. */
void tc_event_handler(const struct tc_kind *kind, void *object);

#endif
