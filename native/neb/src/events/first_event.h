/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Last part of the layout proof: the first event of each kind must agree with what the core finds by name. */
#ifndef MGM_FIRST_EVENT_H
#define MGM_FIRST_EVENT_H

#include "module.h"

/**
 * @param object as in the event
 * @param host_name, service names in the event; service is NULL for a host
 * @param result_host host name in the event's check_result, NULL to skip
 * @return false when they disagree: the shim is passive from then on, with an error line
 */
bool mgm_first_event_fits(struct mgm_module *m, enum mgm_event_kind kind, const void *object, const char *host_name,
                          const char *service, const char *result_host);

#endif
