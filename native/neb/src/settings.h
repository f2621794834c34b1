/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the bridge wants handed over: one SETTINGS message, as a whole. Pure. */
#ifndef MGM_SETTINGS_H
#define MGM_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "frame.h"

struct mgm_names {
	char **name;
	size_t count;
};

struct mgm_settings {
	bool hosts;              /* generic queue `host` */
	bool services;           /* generic queue `service` */
	bool eventhandler;
	bool do_hostchecks;
	bool route_eventhandler_like_checks;
	bool checks_local_when_away;      /* else held */
	bool eventhandlers_kept_when_away; /* else local */
	char *queue_custom_variable;      /* NULL: none */
	struct mgm_names hostgroup;
	struct mgm_names servicegroup;
	struct mgm_names localhostgroup;
	struct mgm_names localservicegroup;
	/* Queue of each group, index as above: `hostgroup_<name>`, `servicegroup_<name>`. */
	struct mgm_names hostgroup_queue;
	struct mgm_names servicegroup_queue;
};

/**
 * @param[out] settings zeroed or filled; replaced as a whole
 * @return false without memory, `settings` is unchanged then
 */
bool mgm_settings_read(struct mgm_settings *settings, const struct mgm_message *message);
/** @return whether any service (host) check can get a queue at all */
bool mgm_settings_take_services(const struct mgm_settings *settings);
bool mgm_settings_take_hosts(const struct mgm_settings *settings);
/** Frees the content and zeroes it. */
void mgm_settings_free(struct mgm_settings *settings);

#endif
