/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Which queue a host or service belongs to (neb-module.md 2.2), one algorithm for checks and event handlers. */
#ifndef MGM_QUEUES_H
#define MGM_QUEUES_H

#include <stdint.h>

#include "layout/core.h"
#include "wire/settings.h"

/** Which row of the table of neb-module.md 2.2 gave a queue, or none. As on the wire (docs/bridge-protocol.md). */
enum mgm_queue_rule {
	MGM_RULE_SERVICE_VARIABLE = 1,
	MGM_RULE_HOST_VARIABLE,
	MGM_RULE_LOCALSERVICEGROUP,
	MGM_RULE_LOCALHOSTGROUP,
	MGM_RULE_SERVICEGROUP,
	MGM_RULE_HOSTGROUP,
	MGM_RULE_GENERIC,
	MGM_RULE_NONE
};

struct mgm_queues {
	const struct mgm_core *core;   /* borrowed */
	struct mgm_settings *settings; /* borrowed */
	enum mgm_queue_rule rule;      /* that the last choice hit; meaningful if it gave a queue */
};

/**
 * Look for the groups of new settings in the core: to be called until all have been looked for. Meanwhile those that are missing
 * count as unknown.
 *
 * @param most how many to look for now
 * @return whether all have been looked for
 */
bool mgm_queues_look_up(struct mgm_queues *queues, size_t most);

/**
 * @param host host of the object, not NULL
 * @param service NULL for a host
 * @return queue, valid until the current callback ends or the settings change; NULL: run locally.
 *         Custom variables are looked at live, they can change at runtime.
 */
const char *mgm_queues_choose(struct mgm_queues *queues, void *host, void *service);

#endif
