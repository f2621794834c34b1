/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queues.h"

#include <string.h>

#define NO_INDEX MGM_SETTINGS_MAX_GROUPS

/* What the groups of one object say. */
struct membership {
	bool is_local;
	uint16_t first; /* the first group with a queue, in configuration order; or NO_INDEX */
};

/* Value of a custom variable; *found is true for a variable without a value too. */
static const char *custom_variable(const struct mgm_abi *abi, void *list, const char *name, bool *found)
{
	for (void *at = list; at != NULL; at = mgm_get_ptr(abi, at, MGM_F_CUSTOMVARIABLESMEMBER_NEXT)) {
		const char *key = mgm_get_cstr(abi, at, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_NAME);

		if (key != NULL && strcmp(key, name) == 0) {
			*found = true;
			return mgm_get_cstr(abi, at, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_VALUE);
		}
	}
	return NULL;
}

/*
 * The object's own list is short; asking the core's is_..._member_of_...() walks all members of the group, once per object: with
 * a group of a million services that never ends. Nothing of it is kept: with an entry for each of a million objects the
 * core would be 16 MiB larger.
 *
 * @param groups how many of this kind the settings name
 * @param own where the object has the list of its groups
 */
static struct membership membership_of(const struct mgm_queues *queues, size_t groups, enum mgm_field own,
                                       const void *object)
{
	const struct mgm_abi *abi = queues->core->abi;
	void *at = groups > 0 ? mgm_get_ptr(abi, object, own) : NULL;
	struct membership found = { false, NO_INDEX };

	for (; at != NULL; at = mgm_get_ptr(abi, at, MGM_F_OBJECTLIST_NEXT)) {
		const void *group = mgm_get_ptr(abi, at, MGM_F_OBJECTLIST_OBJECT_PTR);
		const struct mgm_group *known = group != NULL ? mgm_settings_group(queues->settings, group) : NULL;

		if (known == NULL || known->group == NULL)
			continue;
		found.is_local = found.is_local || known->is_local;
		if (known->index < found.first)
			found.first = known->index;
	}
	return found;
}

/* Rows 3 to 6 of the table. @return whether one of them hits; *queue is NULL for local then */
static bool by_groups(struct mgm_queues *queues, void *host, void *service, const char **queue)
{
	const struct mgm_settings *settings = queues->settings;
	struct membership of_service = { false, NO_INDEX }, of_host;

	*queue = NULL;
	if (service != NULL)
		of_service = membership_of(queues, settings->servicegroup.count + settings->localservicegroup.count,
		                           MGM_F_SERVICE_SERVICEGROUPS_PTR, service);
	if (of_service.is_local)
		return true;
	of_host = membership_of(queues, settings->hostgroup.count + settings->localhostgroup.count,
	                        MGM_F_HOST_HOSTGROUPS_PTR, host);
	if (of_host.is_local)
		return true;
	if (of_service.first != NO_INDEX) {
		queues->rule = MGM_RULE_SERVICEGROUP;
		*queue = mgm_names_queue(&settings->servicegroup, of_service.first);
	} else if (of_host.first != NO_INDEX) {
		queues->rule = MGM_RULE_HOSTGROUP;
		*queue = mgm_names_queue(&settings->hostgroup, of_host.first);
	}
	return *queue != NULL;
}

const char *mgm_queues_choose(struct mgm_queues *queues, void *host, void *service)
{
	const struct mgm_settings *settings = queues->settings;
	const struct mgm_abi *abi = queues->core->abi;
	const char *queue;

	if (settings->queue_custom_variable != NULL) {
		const char *value = NULL;
		bool found = false;

		queues->rule = MGM_RULE_SERVICE_VARIABLE;
		if (service != NULL)
			value = custom_variable(abi, mgm_get_ptr(abi, service, MGM_F_SERVICE_CUSTOM_VARIABLES),
			                        settings->queue_custom_variable, &found);
		if (!found)
			queues->rule = MGM_RULE_HOST_VARIABLE;
		if (!found)
			value = custom_variable(abi, mgm_get_ptr(abi, host, MGM_F_HOST_CUSTOM_VARIABLES),
			                        settings->queue_custom_variable, &found);
		if (found)
			return value == NULL || *value == '\0' || strcmp(value, "local") == 0 ? NULL : value;
	}
	if (by_groups(queues, host, service, &queue))
		return queue;
	queues->rule = MGM_RULE_GENERIC;
	if (service != NULL)
		return settings->services ? "service" : NULL;
	return settings->hosts ? "host" : NULL;
}

static void add_group(struct mgm_queues *queues, const void *group, bool is_local, size_t index)
{
	struct mgm_group *place;

	if (group == NULL)
		return;
	place = mgm_settings_group(queues->settings, group);
	if (place->group == NULL)
		*place = (struct mgm_group){ group, NO_INDEX, false };
	if (is_local)
		place->is_local = true;
	else if (index < place->index)
		place->index = (uint16_t)index;
}

bool mgm_queues_look_up(struct mgm_queues *queues, size_t most)
{
	struct mgm_settings *settings = queues->settings;
	const struct {
		struct mgm_names *names;
		void *(*find)(const char *);
		bool is_local;
	} lists[] = { { &settings->hostgroup, queues->core->find_hostgroup, false },
		          { &settings->localhostgroup, queues->core->find_hostgroup, true },
		          { &settings->servicegroup, queues->core->find_servicegroup, false },
		          { &settings->localservicegroup, queues->core->find_servicegroup, true } };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct mgm_names *names = lists[i].names;

		for (; names->found < names->count; names->found++, most--) {
			if (most == 0)
				return false;
			names->group[names->found] = lists[i].find(names->name[names->found]);
			add_group(queues, names->group[names->found], lists[i].is_local, names->found);
		}
	}
	return true;
}
