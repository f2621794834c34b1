/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Groups and contacts. More than one of each, in different numbers: lists have links and counts differ. */
#include "groups.h"

#include <stdlib.h>

#include "exports.h"
#include "layout.h"

static void *new_group(enum mgm_size size, enum mgm_field name_field, enum mgm_field next, const char *name, void *rest)
{
	void *group = tc_new(size);

	tc_set_ptr(group, name_field, tc_strdup(name));
	tc_set_ptr(group, next, rest);
	return group;
}

static void *new_hostgroup(const char *name, void *rest)
{
	return new_group(MGM_S_HOSTGROUP, MGM_F_HOSTGROUP_GROUP_NAME, MGM_F_HOSTGROUP_NEXT, name, rest);
}

static void *new_servicegroup(const char *name, void *rest)
{
	return new_group(MGM_S_SERVICEGROUP, MGM_F_SERVICEGROUP_GROUP_NAME, MGM_F_SERVICEGROUP_NEXT, name, rest);
}

static void *new_contact(const char *name, const char *alias, void *rest)
{
	void *contact = new_group(MGM_S_CONTACT, MGM_F_CONTACT_NAME, MGM_F_CONTACT_NEXT, name, rest);

	tc_set_ptr(contact, MGM_F_CONTACT_ALIAS, tc_strdup(alias));
	tc_set_ptr(contact, MGM_F_CONTACT_EMAIL, tc_printf("%s@localhost", name));
	return contact;
}

static void join(void *group, void *object, enum mgm_field list)
{
	void *head;

	if (object == NULL)
		return;
	head = tc_ptr(object, list);
	prepend_object_to_objectlist(&head, group);
	tc_set_ptr(object, list, head);
}

void tc_groups_create(const struct tc_options *options, void *host, void *service)
{
	hostgroup_list = new_hostgroup(options->hostgroup, new_hostgroup("spare-hosts", NULL));
	servicegroup_list = new_servicegroup("spare-services-2", NULL);
	servicegroup_list = new_servicegroup("spare-services-1", servicegroup_list);
	servicegroup_list = new_servicegroup(options->servicegroup, servicegroup_list);
	contact_list = new_contact("archive", "Archive", NULL);
	contact_list = new_contact("manager", "Manager", contact_list);
	contact_list = new_contact("deputy", "Deputy of the operator", contact_list);
	contact_list = new_contact("operator", "Operator on duty", contact_list);
	join(hostgroup_list, host, MGM_F_HOST_HOSTGROUPS_PTR);
	join(servicegroup_list, service, MGM_F_SERVICE_SERVICEGROUPS_PTR);
	tc_set_i32(num_objects, MGM_F_OBJECT_COUNT_HOSTGROUPS, 2);
	tc_set_i32(num_objects, MGM_F_OBJECT_COUNT_SERVICEGROUPS, 3);
	tc_set_i32(num_objects, MGM_F_OBJECT_COUNT_CONTACTS, 4);
}

static void free_list(void **list, enum mgm_field name, enum mgm_field next)
{
	while (*list != NULL) {
		void *first = *list;

		*list = tc_ptr(first, next);
		free(tc_str(first, name));
		free(first);
	}
}

void tc_groups_free(void)
{
	for (void *at = contact_list; at != NULL; at = tc_ptr(at, MGM_F_CONTACT_NEXT)) {
		free(tc_str(at, MGM_F_CONTACT_ALIAS));
		free(tc_str(at, MGM_F_CONTACT_EMAIL));
	}
	free_list(&contact_list, MGM_F_CONTACT_NAME, MGM_F_CONTACT_NEXT);
	free_list(&hostgroup_list, MGM_F_HOSTGROUP_GROUP_NAME, MGM_F_HOSTGROUP_NEXT);
	free_list(&servicegroup_list, MGM_F_SERVICEGROUP_GROUP_NAME, MGM_F_SERVICEGROUP_NEXT);
}
