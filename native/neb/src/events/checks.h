/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Service and host checks: deciding at PRECHECK, taking over at INITIATE (neb-module.md 2.4, 2.5, 6.3). */
#ifndef MGM_CHECKS_H
#define MGM_CHECKS_H

#include "module.h"

/**
 * NEBCALLBACK_SERVICE_CHECK_DATA and NEBCALLBACK_HOST_CHECK_DATA.
 *
 * @param event nebstruct_service_check_data, nebstruct_host_check_data
 * @return NEB_OK, or the core's values for override and cancel
 */
int mgm_checks_service(struct mgm_module *m, void *event);
int mgm_checks_host(struct mgm_module *m, void *event);

#endif
