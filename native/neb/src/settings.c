/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_names(struct mgm_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	names->name = NULL;
	names->count = 0;
}

static bool add_name(struct mgm_names *names, char *name)
{
	char **grown = name != NULL ? realloc(names->name, (names->count + 1) * sizeof(*grown)) : NULL;

	if (grown == NULL) {
		free(name);
		return false;
	}
	names->name = grown;
	names->name[names->count++] = name;
	return true;
}

static bool read_names(struct mgm_names *names, const struct mgm_message *message, enum mgm_id id)
{
	struct mgm_bytes member;
	size_t cursor = 0;

	while (mgm_msg_next(message, id, &cursor, &member))
		if (!add_name(names, strndup((const char *)member.data, member.size)))
			return false;
	return true;
}

static bool make_queues(struct mgm_names *queues, const char *prefix, const struct mgm_names *groups)
{
	for (size_t i = 0; i < groups->count; i++) {
		char *queue = NULL;

		if (asprintf(&queue, "%s%s", prefix, groups->name[i]) < 0)
			return false;
		if (!add_name(queues, queue))
			return false;
	}
	return true;
}

static bool flag(const struct mgm_message *message, enum mgm_id id)
{
	return mgm_msg_u32(message, id, 0) != 0;
}

bool mgm_settings_read(struct mgm_settings *settings, const struct mgm_message *message)
{
	struct mgm_settings fresh = {
		.hosts = flag(message, MGM_ID_HOSTS),
		.services = flag(message, MGM_ID_SERVICES),
		.eventhandler = flag(message, MGM_ID_EVENTHANDLER),
		.do_hostchecks = flag(message, MGM_ID_DO_HOSTCHECKS),
		.route_eventhandler_like_checks = flag(message, MGM_ID_ROUTE_EVENTHANDLER),
		.checks_local_when_away = flag(message, MGM_ID_CHECKS_WHEN_AWAY),
		.eventhandlers_kept_when_away = flag(message, MGM_ID_EVENTHANDLERS_WHEN_AWAY),
	};
	bool ok = true;

	if (message->field[MGM_ID_QUEUE_CUSTOM_VARIABLE].size > 0) {
		fresh.queue_custom_variable = mgm_msg_text(message, MGM_ID_QUEUE_CUSTOM_VARIABLE);
		ok = fresh.queue_custom_variable != NULL;
	}
	ok = ok && read_names(&fresh.hostgroup, message, MGM_ID_HOSTGROUP) &&
	     read_names(&fresh.servicegroup, message, MGM_ID_SERVICEGROUP) &&
	     read_names(&fresh.localhostgroup, message, MGM_ID_LOCALHOSTGROUP) &&
	     read_names(&fresh.localservicegroup, message, MGM_ID_LOCALSERVICEGROUP) &&
	     make_queues(&fresh.hostgroup_queue, "hostgroup_", &fresh.hostgroup) &&
	     make_queues(&fresh.servicegroup_queue, "servicegroup_", &fresh.servicegroup);
	if (!ok) {
		mgm_settings_free(&fresh);
		return false;
	}
	mgm_settings_free(settings);
	*settings = fresh;
	return true;
}

bool mgm_settings_take_services(const struct mgm_settings *settings)
{
	return settings->services || settings->servicegroup.count > 0 || settings->hostgroup.count > 0 ||
	       settings->queue_custom_variable != NULL;
}

bool mgm_settings_take_hosts(const struct mgm_settings *settings)
{
	return settings->do_hostchecks &&
	       (settings->hosts || settings->hostgroup.count > 0 || settings->queue_custom_variable != NULL);
}

void mgm_settings_free(struct mgm_settings *settings)
{
	free(settings->queue_custom_variable);
	free_names(&settings->hostgroup);
	free_names(&settings->servicegroup);
	free_names(&settings->localhostgroup);
	free_names(&settings->localservicegroup);
	free_names(&settings->hostgroup_queue);
	free_names(&settings->servicegroup_queue);
	memset(settings, 0, sizeof(*settings));
}
