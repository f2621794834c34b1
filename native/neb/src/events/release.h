/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Giving checks back to the core that will not be answered, so that nothing stays "executing" forever. */
#ifndef MGM_RELEASE_H
#define MGM_RELEASE_H

#include "module.h"

/** The running check is not ours: the core runs it, or was given its result. */
void mgm_release_disown(struct mgm_module *m, const void *object, bool service);
/**
 * If the check of this object still runs on our behalf: clear `is_executing` and schedule it soon. Several calls
 * are spread over half a minute.
 *
 * @param service NULL for a host
 * @param check_options of the lost check; a forced one stays forced
 * @return whether there was something to release
 */
bool mgm_release_check(struct mgm_module *m, const char *host, const char *service, int check_options);

#endif
