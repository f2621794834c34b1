/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queues.h"

#include <string.h>

struct choice {
	enum mgm_group_hit hit;
	const char *queue;
};

/* Value of a custom variable; *found tells a variable without a value from none. */
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

/* One of the two kinds of groups: how they are found, and where an object has the list of its own. */
struct group_kind {
	void *(*find)(const char *);
	enum mgm_field list;
};

/*
 * Index of the first named group that the object is in, or -1. Unknown groups are skipped. The object's own list is
 * short; asking the core's is_..._member_of_...() walks all members of the group, once per object: with a group of a
 * million services that never ends.
 */
static long member_of(const struct mgm_abi *abi, const struct mgm_names *groups, const struct group_kind *kind,
                      const void *object)
{
	void *first = groups->count > 0 ? mgm_get_ptr(abi, object, kind->list) : NULL;

	for (size_t i = 0; first != NULL && i < groups->count; i++) {
		void *group = kind->find(groups->name[i]);

		for (void *at = first; group != NULL && at != NULL; at = mgm_get_ptr(abi, at, MGM_F_OBJECTLIST_NEXT))
			if (mgm_get_ptr(abi, at, MGM_F_OBJECTLIST_OBJECT_PTR) == group)
				return (long)i;
	}
	return -1;
}

/* Rows 3 to 6 of the table: nothing here changes before a reload or new settings. */
static struct choice by_groups(const struct mgm_queues *queues, void *host, void *service)
{
	const struct mgm_abi *abi = queues->core->abi;
	const struct mgm_settings *settings = queues->settings;
	const struct group_kind hosts = {queues->core->find_hostgroup, MGM_F_HOST_HOSTGROUPS_PTR};
	const struct group_kind services = {queues->core->find_servicegroup, MGM_F_SERVICE_SERVICEGROUPS_PTR};
	long index;

	if (service != NULL && member_of(abi, &settings->localservicegroup, &services, service) >= 0)
		return (struct choice){MGM_GROUP_LOCAL, NULL};
	if (member_of(abi, &settings->localhostgroup, &hosts, host) >= 0)
		return (struct choice){MGM_GROUP_LOCAL, NULL};
	if (service != NULL) {
		index = member_of(abi, &settings->servicegroup, &services, service);
		if (index >= 0)
			return (struct choice){MGM_GROUP_QUEUE, settings->servicegroup_queue.name[index]};
	}
	index = member_of(abi, &settings->hostgroup, &hosts, host);
	if (index >= 0)
		return (struct choice){MGM_GROUP_QUEUE, settings->hostgroup_queue.name[index]};
	return (struct choice){MGM_GROUP_NONE, NULL};
}

static struct choice groups_cached(struct mgm_queues *queues, void *host, void *service)
{
	struct mgm_object *object = mgm_objects_get(queues->objects, service != NULL ? service : host);
	struct choice choice;

	if (object != NULL && object->hit != MGM_GROUP_UNKNOWN && object->generation == queues->generation)
		return (struct choice){object->hit, object->queue};
	choice = by_groups(queues, host, service);
	if (object != NULL) {
		object->hit = (uint8_t)choice.hit;
		object->queue = choice.queue;
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

		if (service != NULL)
			value = custom_variable(abi, mgm_get_ptr(abi, service, MGM_F_SERVICE_CUSTOM_VARIABLES),
			                        settings->queue_custom_variable, &found);
		if (!found)
			value = custom_variable(abi, mgm_get_ptr(abi, host, MGM_F_HOST_CUSTOM_VARIABLES),
			                        settings->queue_custom_variable, &found);
		if (found)
			return value == NULL || *value == '\0' || strcmp(value, "local") == 0 ? NULL : value;
	}
	choice = groups_cached(queues, host, service);
	if (choice.hit == MGM_GROUP_LOCAL)
		return NULL;
	if (choice.hit == MGM_GROUP_QUEUE)
		return choice.queue;
	if (service != NULL)
		return settings->services ? "service" : NULL;
	return settings->hosts ? "host" : NULL;
}
