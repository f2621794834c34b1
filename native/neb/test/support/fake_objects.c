/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fake_core.h"
#include "fake_parts.h"

struct member {
	char group[64];
	bool service;
	void *object;
};

static void *hosts[FAKE_MAX], *services[FAKE_MAX], *variables[FAKE_MAX];
static void *links[FAKE_MAX];
static struct member members[FAKE_MAX];
static int host_count, service_count, variable_count, member_count, link_count;

void *fake_find_host(const char *name)
{
	for (int i = 0; i < host_count; i++)
		if (strcmp(mgm_get_cstr(fake.core.abi, hosts[i], MGM_F_HOST_NAME), name) == 0)
			return hosts[i];
	return NULL;
}

void *fake_find_service(const char *host, const char *description)
{
	for (int i = 0; i < service_count; i++)
		if (strcmp(mgm_get_cstr(fake.core.abi, services[i], MGM_F_SERVICE_HOST_NAME), host) == 0 &&
		    strcmp(mgm_get_cstr(fake.core.abi, services[i], MGM_F_SERVICE_DESCRIPTION), description) == 0)
			return services[i];
	return NULL;
}

static void *find_group(const char *name, bool service)
{
	for (int i = 0; i < member_count; i++)
		if (members[i].service == service && strcmp(members[i].group, name) == 0)
			return members[i].group;
	return NULL;
}

void *fake_find_hostgroup(const char *name)
{
	fake.find_calls++;
	return find_group(name, false);
}

void *fake_find_servicegroup(const char *name)
{
	fake.find_calls++;
	return find_group(name, true);
}

int fake_is_member(void *group, void *object)
{
	fake.member_calls++;
	for (int i = 0; i < member_count; i++)
		if (members[i].object == object && strcmp(members[i].group, group) == 0)
			return 1;
	return 0;
}

void *fake_host(const char *name)
{
	void *host = calloc(1, fake.core.abi->size[MGM_S_HOST]);

	mgm_set_cstr(fake.core.abi, host, MGM_F_HOST_NAME, name);
	mgm_set_f64(fake.core.abi, host, MGM_F_HOST_CHECK_INTERVAL, 5);
	return hosts[host_count++] = host;
}

void *fake_service(void *host, const char *description)
{
	const struct mgm_abi *abi = fake.core.abi;
	void *service = calloc(1, abi->size[MGM_S_SERVICE]);

	mgm_set_cstr(abi, service, MGM_F_SERVICE_HOST_NAME, mgm_get_cstr(abi, host, MGM_F_HOST_NAME));
	mgm_set_cstr(abi, service, MGM_F_SERVICE_DESCRIPTION, description);
	mgm_set_ptr(abi, service, MGM_F_SERVICE_HOST_PTR, host);
	mgm_set_f64(abi, service, MGM_F_SERVICE_CHECK_INTERVAL, 5);
	return services[service_count++] = service;
}

/* Every membership has a node in the object's own list; as in the cores the newest comes first. */
static void add_member(const char *name, bool service, void *object)
{
	const struct mgm_abi *abi = fake.core.abi;
	enum mgm_field list = service ? MGM_F_SERVICE_SERVICEGROUPS_PTR : MGM_F_HOST_HOSTGROUPS_PTR;
	struct member *member = &members[member_count++];
	void *link = calloc(1, abi->size[MGM_S_OBJECTLIST]);

	strcpy(member->group, name);
	member->service = service;
	member->object = object;
	mgm_set_ptr(abi, link, MGM_F_OBJECTLIST_OBJECT_PTR, find_group(name, service));
	mgm_set_ptr(abi, link, MGM_F_OBJECTLIST_NEXT, mgm_get_ptr(abi, object, list));
	mgm_set_ptr(abi, object, list, link);
	links[link_count++] = link;
}

void fake_hostgroup(const char *name, void *host)
{
	add_member(name, false, host);
}

void fake_servicegroup(const char *name, void *service)
{
	add_member(name, true, service);
}

void fake_variable(void *object, bool service, const char *name, const char *value)
{
	const struct mgm_abi *abi = fake.core.abi;
	enum mgm_field list = service ? MGM_F_SERVICE_CUSTOM_VARIABLES : MGM_F_HOST_CUSTOM_VARIABLES;
	void *variable = calloc(1, abi->size[MGM_S_CUSTOMVARIABLESMEMBER]);

	mgm_set_cstr(abi, variable, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_NAME, name);
	mgm_set_cstr(abi, variable, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_VALUE, value);
	mgm_set_ptr(abi, variable, MGM_F_CUSTOMVARIABLESMEMBER_NEXT, mgm_get_ptr(abi, object, list));
	mgm_set_ptr(abi, object, list, variable);
	variables[variable_count++] = variable;
}

void *fake_check_event(bool service, bool precheck, void *object, const char *command, int options, double latency)
{
	static max_align_t event[32], cr[64];
	const struct mgm_abi *abi = fake.core.abi;
	enum mgm_const type =
		service    ? precheck ? MGM_C_NEBTYPE_SERVICECHECK_ASYNC_PRECHECK : MGM_C_NEBTYPE_SERVICECHECK_INITIATE
		: precheck ? MGM_C_NEBTYPE_HOSTCHECK_ASYNC_PRECHECK
				   : MGM_C_NEBTYPE_HOSTCHECK_INITIATE;
	const char *name =
		object == NULL ? NULL : mgm_get_cstr(abi, object, service ? MGM_F_SERVICE_HOST_NAME : MGM_F_HOST_NAME);

	memset(event, 0, sizeof(event));
	memset(cr, 0, sizeof(cr));
	mgm_set_i32(abi, cr, MGM_F_CHECK_RESULT_CHECK_OPTIONS, options);
	mgm_set_cstr(abi, cr, MGM_F_CHECK_RESULT_HOST_NAME, name);
#define FIELD(name) (service ? MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_##name : MGM_F_NEBSTRUCT_HOST_CHECK_DATA_##name)
	mgm_set_i32(abi, event, FIELD(TYPE), mgm_constant(abi, type, 0));
	mgm_set_ptr(abi, event, FIELD(OBJECT_PTR), object);
	mgm_set_cstr(abi, event, FIELD(HOST_NAME), name);
	mgm_set_i32(abi, event, FIELD(TIMEOUT), 60);
	mgm_set_f64(abi, event, FIELD(LATENCY), latency);
	if (!precheck) {
		mgm_set_cstr(abi, event, FIELD(COMMAND_LINE), command);
		mgm_set_ptr(abi, event, FIELD(CHECK_RESULT_PTR), cr);
	}
#undef FIELD
	return event;
}

void *fake_processed_event(bool service, void *object, const char *perf_data)
{
	const struct mgm_abi *abi = fake.core.abi;
	void *event = fake_check_event(service, false, object, NULL, 0, 0);

	mgm_set_i32(
		abi, event, service ? MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_TYPE : MGM_F_NEBSTRUCT_HOST_CHECK_DATA_TYPE,
		mgm_constant(abi, service ? MGM_C_NEBTYPE_SERVICECHECK_PROCESSED : MGM_C_NEBTYPE_HOSTCHECK_PROCESSED, 0));
	mgm_set_cstr(abi, event,
	             service ? MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_PERF_DATA : MGM_F_NEBSTRUCT_HOST_CHECK_DATA_PERF_DATA,
	             perf_data);
	return event;
}

void *fake_handler_event(void *object, bool service, const char *command)
{
	static max_align_t event[32];
	const struct mgm_abi *abi = fake.core.abi;

	memset(event, 0, sizeof(event));
	mgm_set_i32(abi, event, MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_TYPE,
	            mgm_constant(abi, MGM_C_NEBTYPE_EVENTHANDLER_START, 0));
	mgm_set_ptr(abi, event, MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_OBJECT_PTR, object);
	mgm_set_cstr(abi, event, MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_COMMAND_LINE, command);
	if (object == NULL)
		return event;
	mgm_set_cstr(abi, event, MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_HOST_NAME,
	             mgm_get_cstr(abi, object, service ? MGM_F_SERVICE_HOST_NAME : MGM_F_HOST_NAME));
	if (service)
		mgm_set_cstr(abi, event, MGM_F_NEBSTRUCT_EVENT_HANDLER_DATA_SERVICE_DESCRIPTION,
		             mgm_get_cstr(abi, object, MGM_F_SERVICE_DESCRIPTION));
	return event;
}

static void drop_all(void **list, int *count)
{
	while (*count > 0)
		free(list[--*count]);
}

void fake_drop_objects(void)
{
	drop_all(hosts, &host_count);
	drop_all(services, &service_count);
	drop_all(variables, &variable_count);
	drop_all(links, &link_count);
	member_count = 0;
}
