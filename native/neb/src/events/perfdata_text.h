/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The texts of performance data under the settings in effect. */
#ifndef MGM_PERFDATA_TEXT_H
#define MGM_PERFDATA_TEXT_H

#include "module.h"

/** Take the templates of new settings. @return false without memory; no performance data is taken then */
bool mgm_perfdata_new_settings(struct mgm_module *m);
/**
 * Add the text about a host, or a service, to `perfdata.frame`: ours once it has proven to be the core's, else the core's.
 *
 * @param service NULL for a host
 * @return false when there is none
 */
bool mgm_perfdata_text(struct mgm_module *m, void *host, void *service);
void mgm_perfdata_free(struct mgm_module *m);

#endif
