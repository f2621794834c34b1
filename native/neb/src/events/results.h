/* SPDX-License-Identifier: GPL-2.0-or-later */
/** RESULT messages into the core (neb-module.md 3.2, 3.3, 5.4). */
#ifndef MGM_RESULTS_H
#define MGM_RESULTS_H

#include "module.h"

/** Results of which the job may come again after the loss of a connection: what the bridge may hold, and some. */
#define MGM_RESULTS_DOUBTFUL 256u
#define MGM_RESULTS_DOUBTFUL_SECONDS 1800u
_Static_assert(MGM_RESULTS_DOUBTFUL > MGM_RESULT_WINDOW, "all that may be unanswered");

/** Prepare buffer and texts. @return false without memory */
bool mgm_results_init(struct mgm_module *m);
/** Apply one RESULT, unless its id was applied before. Calls into the core, which may call our handlers. */
void mgm_results_apply(struct mgm_module *m, const struct mgm_message *message);
/**
 * Apply an active result of the module itself: no latency, no options, check source as of a result without one.
 *
 * @param host, service, output given away; service is NULL for a host
 * @param seconds start and end, since 1970
 */
void mgm_results_give_own(struct mgm_module *m, char *host, char *service, char *output, int return_code,
                          int64_t seconds);
/**
 * The connection is lost: the bridge may have ended before it completed the jobs of the last results, and job servers put such
 * a job behind all that wait. So these ids are remembered apart, each for half an hour from its result on, however many connections
 * are lost: 200,000 others would displace them. Not longer, since a sender may give the same key to the same text again.
 */
void mgm_results_doubt(struct mgm_module *m);
/** At a reload: the next load of this module in this process knows them too. It takes them over in mgm_results_init(). */
void mgm_results_keep(struct mgm_module *m);
/** Acknowledge the results applied since the last call, if any. */
void mgm_results_report(struct mgm_module *m);
/** A new connection counts from 1. */
void mgm_results_reset(struct mgm_module *m);
void mgm_results_free(struct mgm_module *m);

#endif
