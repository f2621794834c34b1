/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Results that the shim itself makes, for orphaned checks and check_dummy, into the core: from its event loop, never
 * inside the callback of the check (neb-module.md 6.1).
 */
#ifndef MGM_OWN_RESULTS_H
#define MGM_OWN_RESULTS_H

#include "module.h"

/** What one turn of the core's loop may take: results, microseconds. */
#define MGM_OWN_RESULTS_AT_ONCE 200u
#define MGM_OWN_RESULTS_BUDGET_US 1000

/** At EVENTLOOPSTART: from then on results are taken. A failure is logged. */
void mgm_own_results_start(struct mgm_module *m);
/**
 * An active result of this object's check; started and finished now.
 *
 * @param service NULL for a host
 * @return false when too many wait, or there is no way to the loop or no memory
 */
bool mgm_own_results_add(struct mgm_module *m, const char *host, const char *service, int return_code,
                         const char *output);
/** At EVENTLOOPEND: give the rest to the core, which still has its objects, and close. Idempotent. */
void mgm_own_results_end(struct mgm_module *m);
/** In a forked child: close the descriptor there. Async-signal-safe. */
void mgm_own_results_forget(struct mgm_module *m);
/** Drop what waits and close, without a core to give it to. */
void mgm_own_results_free(struct mgm_module *m);

#endif
