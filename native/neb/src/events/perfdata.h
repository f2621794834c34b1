/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Performance data of every result that the core has applied (neb-module.md 2.9). */
#ifndef MGM_PERFDATA_H
#define MGM_PERFDATA_H

#include "module.h"

/** Handlers of SERVICE_CHECK_DATA and HOST_CHECK_DATA. @return NEB_OK, also if the record is dropped */
int mgm_perfdata_service(struct mgm_module *m, void *event);
int mgm_perfdata_host(struct mgm_module *m, void *event);

#endif
