/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Commands that notify a contact, and those of Naemon's global notification handlers (neb-module.md 2.8). */
#ifndef MGM_NOTIFICATION_H
#define MGM_NOTIFICATION_H

#include "module.h"

/**
 * NEBCALLBACK_CONTACT_NOTIFICATION_METHOD_DATA.
 *
 * @param event nebstruct_contact_notification_method_data
 * @return NEB_OK (the core runs it), or the core's value for override; for cancel where there is no such command
 */
int mgm_notification_event(struct mgm_module *m, void *event);

#endif
