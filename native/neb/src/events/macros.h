/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * One macro area of the core for one use: objects are grabbed first, then slots are set, then texts are expanded.
 * Everything in it is freed by mgm_macros_close(), also what the core's own clearing leaves (neb-module.md 5.2).
 */
#ifndef MGM_MACROS_H
#define MGM_MACROS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout/core.h"

/** Slots that one use may set. */
#define MGM_MACROS_SLOTS 12u

struct mgm_macros {
	const struct mgm_core *core; /* borrowed */
	void *area;                  /* nagios_macros; NULL without memory */
	int32_t set[MGM_MACROS_SLOTS];
	size_t set_count;
	bool failed; /* no memory for a text */
};

/**
 * @param host not NULL
 * @param service NULL for a host
 * @param contact NULL: none
 * @return false without memory; to be closed either way
 */
bool mgm_macros_open(struct mgm_macros *macros, const struct mgm_core *core, void *host, void *service, void *contact);
/** Set a slot of the core's own macro names, e.g. MGM_C_MACRO_NOTIFICATIONTYPE. NULL leaves it empty; copied. */
void mgm_macros_set(struct mgm_macros *macros, enum mgm_const slot, const char *text);
/**
 * A command with its arguments; macros in those are expanded here, so all slots are to be set before.
 *
 * @param args what follows the first `!` of the command, NULL: nothing
 * @param[out] known false when the core knows no command of that name
 * @return the line with all macros expanded and cleaned as the core does it for commands, to be freed; NULL if the core
 *         gives none
 */
char *mgm_macros_command(struct mgm_macros *macros, const char *name, const char *args, bool *known);
/** @return the text with its macros expanded, nothing stripped or escaped; to be freed. NULL if the core gives none */
char *mgm_macros_text(struct mgm_macros *macros, const char *text);
void mgm_macros_close(struct mgm_macros *macros);

#endif
