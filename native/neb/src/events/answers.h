/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What each message of the bridge does. */
#ifndef MGM_ANSWERS_H
#define MGM_ANSWERS_H

#include "module.h"

/** One message that is not the link's own. */
void mgm_answers_handle(struct mgm_module *m, const struct mgm_message *message);
/**
 * Go on with settings that name many groups, for a slice of time.
 *
 * @return false when they are not in effect yet
 */
bool mgm_answers_finish_settings(struct mgm_module *m);

#endif
