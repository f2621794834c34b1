/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Naming the checks under way to a bridge that has just connected: one before it may have put them on a job server, and then it
 * knows nothing of them. In slices, while everything else goes on; nothing is kept for it per check.
 */
#ifndef MGM_UNDER_WAY_H
#define MGM_UNDER_WAY_H

#include "module.h"

/** A connection is up. */
void mgm_under_way_start(struct mgm_module *m);
/** The next slice, if there is one and the settings are in effect. Asks for a turn of its own for the rest. */
void mgm_under_way_go_on(struct mgm_module *m);

#endif
