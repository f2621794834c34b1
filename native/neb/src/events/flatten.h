/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Checks that came late are moved apart, so that not all of them are due at once again (neb-module.md 2.11). */
#ifndef MGM_FLATTEN_H
#define MGM_FLATTEN_H

#include "module.h"

/**
 * NEBCALLBACK_SERVICE_CHECK_DATA and NEBCALLBACK_HOST_CHECK_DATA, for results that were processed; of every object,
 * local and passive ones too.
 *
 * @return NEB_OK, or NEB_ERROR for an event without object or result
 */
int mgm_flatten_service(struct mgm_module *m, void *event);
int mgm_flatten_host(struct mgm_module *m, void *event);

/**
 * Seconds to move a check by.
 *
 * @param latency seconds, at least 1
 * @param window seconds, above 0
 * @param random any number
 * @return 1 up to, not including, the smaller of `window` and the larger of latency and 5; at least 1
 */
int64_t mgm_flatten_delay(double latency, uint32_t window, uint64_t random);

#endif
