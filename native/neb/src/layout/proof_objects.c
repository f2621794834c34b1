/* SPDX-License-Identifier: GPL-2.0-or-later */
/** 4.13: the core's own objects: list links, ids, owners, groups, struct sizes, and one real result each. */
#include "proof_checks.h"

#include <malloc.h>
#include <string.h>

#include "core_symbols.h"

/*
 * A walk over everything must not cost a large installation its start-up time: a million services take longer than the
 * child has. A wrong link is seen at the first node, a wrong end in every smaller list.
 */
#define MAX_NODES 10000u
#define SAMPLES 100
#define MAX_GROUPS_PER_OBJECT 4
/* One linked list of the core. */
struct list_kind {
	const char *what;
	enum mgm_field count, next, name, second_name;
	enum mgm_field id;
	enum mgm_size size;
	bool by_two_names, has_id;
};

static const struct list_kind kinds[] = {
	{ "host", MGM_F_OBJECT_COUNT_HOSTS, MGM_F_HOST_NEXT, MGM_F_HOST_NAME, MGM_F_HOST_NAME, MGM_F_HOST_ID, MGM_S_HOST,
	  false, true },
	{ "service", MGM_F_OBJECT_COUNT_SERVICES, MGM_F_SERVICE_NEXT, MGM_F_SERVICE_HOST_NAME, MGM_F_SERVICE_DESCRIPTION,
	  MGM_F_SERVICE_ID, MGM_S_SERVICE, true, true },
	{ "contact", MGM_F_OBJECT_COUNT_CONTACTS, MGM_F_CONTACT_NEXT, MGM_F_CONTACT_NAME, MGM_F_CONTACT_NAME,
	  MGM_F_CONTACT_NAME, MGM_S_CONTACT, false, false },
	{ "command", MGM_F_OBJECT_COUNT_COMMANDS, MGM_F_COMMAND_NEXT, MGM_F_COMMAND_NAME, MGM_F_COMMAND_NAME,
	  MGM_F_COMMAND_NAME, MGM_S_COMMAND, false, false },
	{ "hostgroup", MGM_F_OBJECT_COUNT_HOSTGROUPS, MGM_F_HOSTGROUP_NEXT, MGM_F_HOSTGROUP_GROUP_NAME,
	  MGM_F_HOSTGROUP_GROUP_NAME, MGM_F_HOSTGROUP_GROUP_NAME, MGM_S_HOSTGROUP, false, false },
	{ "servicegroup", MGM_F_OBJECT_COUNT_SERVICEGROUPS, MGM_F_SERVICEGROUP_NEXT, MGM_F_SERVICEGROUP_GROUP_NAME,
	  MGM_F_SERVICEGROUP_GROUP_NAME, MGM_F_SERVICEGROUP_GROUP_NAME, MGM_S_SERVICEGROUP, false, false }
};

static void *find(struct mgm_proof *proof, const struct list_kind *kind, const char *name, const char *second)
{
	switch (kind->size) {
	case MGM_S_HOST: return proof->core->find_host(name);
	case MGM_S_SERVICE: return proof->core->find_service(name, second);
	case MGM_S_CONTACT: return proof->core->find_contact(name);
	case MGM_S_COMMAND: return proof->core->find_command(name);
	case MGM_S_HOSTGROUP: return proof->core->find_hostgroup(name);
	default: return proof->core->find_servicegroup(name);
	}
}

static void *first_of(struct mgm_proof *proof, const struct list_kind *kind)
{
	switch (kind->size) {
	case MGM_S_HOST: return *proof->core->host_list;
	case MGM_S_SERVICE: return *proof->core->service_list;
	case MGM_S_CONTACT: return *proof->core->contact_list;
	case MGM_S_COMMAND: return *proof->calls.command_list;
	case MGM_S_HOSTGROUP: return *proof->calls.hostgroup_list;
	default: return *proof->calls.servicegroup_list;
	}
}

/* The core's answer walks all members of the group: asked only where there cannot be many. */
static bool is_member(struct mgm_proof *proof, bool is_host, void *group, void *object)
{
	enum mgm_field counter = is_host ? MGM_F_OBJECT_COUNT_HOSTS : MGM_F_OBJECT_COUNT_SERVICES;

	if ((uint32_t)mgm_get_i32(proof->abi, proof->calls.num_objects, counter) > MAX_NODES)
		return true;
	return (is_host ? proof->core->is_host_member_of_hostgroup(group, object)
	                : proof->core->is_service_member_of_servicegroup(group, object)) != 0;
}

static bool check_groups(struct mgm_proof *proof, const struct list_kind *kind, void *object)
{
	bool is_host = kind->size == MGM_S_HOST;
	enum mgm_field list = is_host ? MGM_F_HOST_HOSTGROUPS_PTR : MGM_F_SERVICE_SERVICEGROUPS_PTR;
	enum mgm_field name = is_host ? MGM_F_HOSTGROUP_GROUP_NAME : MGM_F_SERVICEGROUP_GROUP_NAME;
	void *node = mgm_get_ptr(proof->abi, object, list);

	for (int i = 0; node != NULL && i < MAX_GROUPS_PER_OBJECT; i++) {
		void *group = mgm_get_ptr(proof->abi, node, MGM_F_OBJECTLIST_OBJECT_PTR);
		const char *group_name = mgm_get_cstr(proof->abi, group, name);
		void *found = group_name == NULL ? NULL
		              : is_host          ? proof->core->find_hostgroup(group_name)
		                                 : proof->core->find_servicegroup(group_name);

		if (found == NULL || found != group || !is_member(proof, is_host, group, object))
			return mgm_refuse(proof, "%s", mgm_field_infos[list].name);
		node = mgm_get_ptr(proof->abi, node, MGM_F_OBJECTLIST_NEXT);
	}
	return true;
}

static bool check_sample(struct mgm_proof *proof, const struct list_kind *kind, void *object)
{
	const struct mgm_abi *abi = proof->abi;
	const char *name = mgm_get_cstr(abi, object, kind->name);
	const char *second = mgm_get_cstr(abi, object, kind->second_name);

	if (name == NULL || second == NULL || find(proof, kind, name, second) != object)
		return mgm_refuse(proof, "a %s is not found by its name", kind->what);
	if (kind->has_id) {
		void **array = kind->size == MGM_S_HOST ? *proof->calls.host_ary : *proof->calls.service_ary;

		if (array == NULL || array[(uint32_t)mgm_get_i32(abi, object, kind->id)] != object)
			return mgm_refuse(proof, "%s.id", kind->what);
		if (!check_groups(proof, kind, object))
			return false;
	}
	if (kind->size == MGM_S_SERVICE && mgm_get_ptr(abi, object, MGM_F_SERVICE_HOST_PTR) != proof->core->find_host(name))
		return mgm_refuse(proof, "service.host_ptr");
	/* Other allocators round in their own ways; only glibc's own says something about the struct. */
	if (mgm_same_object("malloc", "vsnprintf")) {
		size_t chunk = malloc_usable_size(object), size = abi->size[kind->size];

		/* A newer release may append members: every one that is used has been proven where it is. */
		if (chunk < size)
			return mgm_refuse(proof, "a %s has %zu bytes instead of %zu", kind->what, chunk, size);
	}
	return true;
}

static bool check_list(struct mgm_proof *proof, const struct list_kind *kind)
{
	uint32_t count = (uint32_t)mgm_get_i32(proof->abi, proof->calls.num_objects, kind->count), seen = 0;
	uint32_t step = (count < MAX_NODES ? count : MAX_NODES) / SAMPLES + 1;

	for (void *object = first_of(proof, kind); object != NULL; seen++) {
		if (seen == MAX_NODES && count > MAX_NODES)
			return true;
		if (seen >= count)
			return mgm_refuse(proof, "more than %u %ss in the list", (unsigned)count, kind->what);
		if (seen % step == 0 && !check_sample(proof, kind, object))
			return false;
		object = mgm_get_ptr(proof->abi, object, kind->next);
	}
	if (seen != count)
		return mgm_refuse(proof, "%u instead of %u %ss in the list", (unsigned)seen, (unsigned)count, kind->what);
	return true;
}

bool mgm_check_object_lists(struct mgm_proof *proof)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!check_list(proof, &kinds[i]))
			return false;
	}
	return true;
}

bool mgm_check_objects(struct mgm_proof *proof)
{
	return mgm_check_object_lists(proof) && mgm_check_real_result(proof);
}
