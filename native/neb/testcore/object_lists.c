/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The two small list kinds that modules and the core share: custom variables and object lists. */
#include <stdlib.h>
#include <string.h>

#include "exports.h"
#include "layout.h"

void *add_custom_variable_to_object(void **list, const char *name, const char *value)
{
	void *member;

	if (list == NULL || name == NULL || *name == '\0') {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR), "Error: Custom variable %s is NULL",
		       list == NULL ? "object" : "name");
		return NULL;
	}
	member = tc_new(MGM_S_CUSTOMVARIABLESMEMBER);
	tc_set_ptr(member, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_NAME, tc_strdup(name));
	tc_set_ptr(member, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_VALUE, tc_strdup(value));
	tc_set_ptr(member, MGM_F_CUSTOMVARIABLESMEMBER_NEXT, *list);
	*list = member;
	return member;
}

int prepend_object_to_objectlist(void **list, void *object)
{
	void *item;

	if (list == NULL || object == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	item = tc_new(MGM_S_OBJECTLIST);
	tc_set_ptr(item, MGM_F_OBJECTLIST_OBJECT_PTR, object);
	tc_set_ptr(item, MGM_F_OBJECTLIST_NEXT, *list);
	*list = item;
	return tc_const(MGM_C_NEB_OK);
}

int remove_object_from_objectlist(void **list, const void *object)
{
	void *before = NULL;

	if (list == NULL || object == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	for (void *item = *list; item != NULL; before = item, item = tc_ptr(item, MGM_F_OBJECTLIST_NEXT)) {
		if (tc_ptr(item, MGM_F_OBJECTLIST_OBJECT_PTR) != object)
			continue;
		if (before == NULL)
			*list = tc_ptr(item, MGM_F_OBJECTLIST_NEXT);
		else
			tc_set_ptr(before, MGM_F_OBJECTLIST_NEXT, tc_ptr(item, MGM_F_OBJECTLIST_NEXT));
		free(item);
		return tc_const(MGM_C_NEB_OK);
	}
	return tc_const(MGM_C_NEB_ERROR);
}

static int is_member(const void *object, enum mgm_field list, const void *group)
{
	if (object == NULL || group == NULL)
		return 0;
	for (void *item = tc_ptr(object, list); item != NULL; item = tc_ptr(item, MGM_F_OBJECTLIST_NEXT)) {
		if (tc_ptr(item, MGM_F_OBJECTLIST_OBJECT_PTR) == group)
			return 1;
	}
	return 0;
}

int is_host_member_of_hostgroup(void *group, void *host)
{
	return is_member(host, MGM_F_HOST_HOSTGROUPS_PTR, group);
}

int is_service_member_of_servicegroup(void *group, void *service)
{
	return is_member(service, MGM_F_SERVICE_SERVICEGROUPS_PTR, group);
}

static void *find_named(void *head, enum mgm_field name_field, enum mgm_field next, const char *name)
{
	if (name == NULL)
		return NULL;
	for (void *at = head; at != NULL; at = tc_ptr(at, next)) {
		if (strcmp(tc_str(at, name_field), name) == 0)
			return at;
	}
	return NULL;
}

void *find_hostgroup(const char *name)
{
	return find_named(hostgroup_list, MGM_F_HOSTGROUP_GROUP_NAME, MGM_F_HOSTGROUP_NEXT, name);
}

void *find_servicegroup(const char *name)
{
	return find_named(servicegroup_list, MGM_F_SERVICEGROUP_GROUP_NAME, MGM_F_SERVICEGROUP_NEXT, name);
}

void *find_contact(const char *name)
{
	return find_named(contact_list, MGM_F_CONTACT_NAME, MGM_F_CONTACT_NEXT, name);
}

void *find_command(const char *name)
{
	return find_named(command_list, MGM_F_COMMAND_NAME, MGM_F_COMMAND_NEXT, name);
}
