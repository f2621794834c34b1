/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The texts of one notification, made from its event by the core's own macros (neb-module.md 2.8). */
#ifndef MGM_NOTIFICATION_TEXT_H
#define MGM_NOTIFICATION_TEXT_H

#include "macros.h"

/** One event of a contact's command; all borrowed from the core. */
struct mgm_notification {
	void *event;
	void *host;
	void *service; /* NULL for a host */
	const char *host_name;
	const char *description; /* NULL for a host */
	const char *contact;     /* `GLOBAL` where the core names none */
	const char *command;     /* name of the command */
	int32_t reason;
	bool global; /* of Naemon's global handler */
};

/** Open the macro area and set what the core sets. @return false without memory; to be closed either way */
bool mgm_notification_macros(const struct mgm_notification *n, const struct mgm_core *core, struct mgm_macros *macros);
/**
 * The line that the core would have logged, in the style of the running core.
 *
 * @return to be freed; NULL where the core logs none, or without memory
 */
char *mgm_notification_log_line(const struct mgm_notification *n, struct mgm_macros *macros);

#endif
