/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queues.h"

#include <string.h>

_Static_assert(MGM_SETTINGS_MAX_GROUPS <= UINT16_MAX, "their index fits");

struct choice {
	enum mgm_group_hit hit;
	uint16_t index;
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

/* Index of a group in a list before `end`, or `end`. */
static size_t index_of(const struct mgm_names *groups, const void *group, size_t end)
{
	size_t i = 0;

	while (i < end && groups->group[i] != group)
		i++;
	return i;
}

/*
 * Index of the first named group that the object is in, or -1. Unknown groups are skipped. The object's own list is
 * short; asking the core's is_..._member_of_...() walks all members of the group, once per object: with a group of a
 * million services that never ends.
 *
 * @param own where the object has the list of its groups
 */
static long member_of(const struct mgm_abi *abi, const struct mgm_names *groups, enum mgm_field own, const void *object)
{
	void *at = groups->count > 0 ? mgm_get_ptr(abi, object, own) : NULL;
	size_t first = groups->count;

	for (; at != NULL; at = mgm_get_ptr(abi, at, MGM_F_OBJECTLIST_NEXT)) {
		const void *group = mgm_get_ptr(abi, at, MGM_F_OBJECTLIST_OBJECT_PTR);

		if (group != NULL)
			first = index_of(groups, group, first);
	}
	return first < groups->count ? (long)first : -1;
}

/* Rows 3 to 6 of the table: nothing here changes before a reload or new settings. */
static struct choice by_groups(const struct mgm_queues *queues, void *host, void *service)
{
	const struct mgm_abi *abi = queues->core->abi;
	const struct mgm_settings *settings = queues->settings;
	const enum mgm_field hosts = MGM_F_HOST_HOSTGROUPS_PTR, services = MGM_F_SERVICE_SERVICEGROUPS_PTR;
	long index;

	if (service != NULL && member_of(abi, &settings->localservicegroup, services, service) >= 0)
		return (struct choice){ MGM_GROUP_LOCAL, 0 };
	if (member_of(abi, &settings->localhostgroup, hosts, host) >= 0)
		return (struct choice){ MGM_GROUP_LOCAL, 0 };
	if (service != NULL) {
		index = member_of(abi, &settings->servicegroup, services, service);
		if (index >= 0)
			return (struct choice){ MGM_GROUP_SERVICEGROUP, (uint16_t)index };
	}
	index = member_of(abi, &settings->hostgroup, hosts, host);
	if (index >= 0)
		return (struct choice){ MGM_GROUP_HOSTGROUP, (uint16_t)index };
	return (struct choice){ MGM_GROUP_NONE, 0 };
}

static struct choice groups_cached(struct mgm_queues *queues, void *host, void *service)
{
	struct mgm_object *object = mgm_objects_get(queues->objects, service != NULL ? service : host);
	struct choice choice;

	if (object != NULL && object->hit != MGM_GROUP_UNKNOWN && object->generation == queues->generation)
		return (struct choice){ object->hit, object->index };
	choice = by_groups(queues, host, service);
	if (object != NULL) {
		object->hit = (uint8_t)choice.hit;
		object->index = choice.index;
		object->generation = queues->generation;
	}
	return choice;
}

const char *mgm_queues_choose(struct mgm_queues *queues, void *host, void *service)
{
	const struct mgm_settings *settings = queues->settings;
	const struct mgm_abi *abi = queues->core->abi;
	struct choice choice;

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
	choice = groups_cached(queues, host, service);
	if (choice.hit == MGM_GROUP_LOCAL)
		return NULL;
	if (choice.hit == MGM_GROUP_SERVICEGROUP) {
		queues->rule = MGM_RULE_SERVICEGROUP;
		return mgm_names_queue(&settings->servicegroup, choice.index);
	}
	if (choice.hit == MGM_GROUP_HOSTGROUP) {
		queues->rule = MGM_RULE_HOSTGROUP;
		return mgm_names_queue(&settings->hostgroup, choice.index);
	}
	queues->rule = MGM_RULE_GENERIC;
	if (service != NULL)
		return settings->services ? "service" : NULL;
	return settings->hosts ? "host" : NULL;
}

bool mgm_queues_look_up(struct mgm_queues *queues, struct mgm_settings *settings, size_t most)
{
	struct {
		struct mgm_names *names;
		void *(*find)(const char *);
	} lists[] = { { &settings->hostgroup, queues->core->find_hostgroup },
		          { &settings->localhostgroup, queues->core->find_hostgroup },
		          { &settings->servicegroup, queues->core->find_servicegroup },
		          { &settings->localservicegroup, queues->core->find_servicegroup } };

	queues->settings = settings;
	queues->generation++; /* also what is kept while groups are missing must not be used later */
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct mgm_names *names = lists[i].names;

		for (; names->found < names->count; names->found++, most--) {
			if (most == 0)
				return false;
			names->group[names->found] = lists[i].find(names->name[names->found]);
		}
	}
	return true;
}
