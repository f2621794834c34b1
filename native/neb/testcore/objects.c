/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exports.h"
#include "groups.h"
#include "index.h"

/** Hosts, services: one command each per command line, plus host check and event handler. */
#define MAX_COMMANDS (TC_MAX_COMMANDS + 2)

static struct {
	void **hosts, **services; /* by id; also exported as host_ary, service_ary */
	struct tc_extra *host_extras, *service_extras;
	size_t host_count, service_count;
	struct tc_index host_index, service_index;
	void *commands[MAX_COMMANDS];
	size_t command_count;
} store;

static void *allocate(size_t count, size_t size)
{
	void *block = calloc(count == 0 ? 1 : count, size);

	if (block == NULL)
		abort();
	return block;
}

static void *add_command(char *name, const char *line)
{
	void *command = tc_new(MGM_S_COMMAND);

	tc_set_ptr(command, MGM_F_COMMAND_NAME, name);
	tc_set_ptr(command, MGM_F_COMMAND_COMMAND_LINE, tc_strdup(line));
	tc_set_ptr(command, MGM_F_COMMAND_NEXT, command_list);
	command_list = command;
	store.commands[store.command_count++] = command;
	return command;
}

static void fill(const struct tc_kind *kind, void *object, const struct tc_options *options, uint32_t id, void *command,
                 void *handler)
{
	struct tc_extra *extra = &(kind->service ? store.service_extras : store.host_extras)[id];

	tc_set_i32(object, kind->id, (int32_t)id);
	tc_set_ptr(object, kind->check_command, tc_strdup(tc_str(command, MGM_F_COMMAND_NAME)));
	tc_set_i32(object, kind->check_timeout, options->check_timeout);
	tc_set_f64(object, kind->check_interval, options->interval);
	tc_set_f64(object, kind->retry_interval, options->retry_interval);
	tc_set_i32(object, kind->max_attempts, options->max_attempts);
	tc_set_i32(object, kind->current_attempt, 1);
	tc_set_i32(object, kind->state_type, tc_const(MGM_C_HARD_STATE));
	tc_set_i32(object, kind->checks_enabled, kind->service || options->host_checks);
	tc_set_i32(object, kind->accept_passive_checks, 1);
	tc_set_i32(object, kind->process_performance_data, 1);
	extra->command = command;
	extra->event_handler_command = handler;
	if (handler != NULL)
		extra->event_handler = tc_strdup(tc_str(handler, MGM_F_COMMAND_NAME));
}

static void create_host(const struct tc_options *options, uint32_t id, void *command, void *handler)
{
	void *host = tc_new(MGM_S_HOST);
	char *name = tc_printf("host-%02u", id + 1);

	tc_set_ptr(host, MGM_F_HOST_NAME, name);
	/* The real core points these two at the name as long as the configuration does not give them. */
	tc_set_ptr(host, MGM_F_HOST_DISPLAY_NAME, name);
	tc_set_ptr(host, MGM_F_HOST_ALIAS, name);
	tc_set_ptr(host, MGM_F_HOST_ADDRESS, tc_strdup("127.0.0.1"));
	tc_set_i32(host, MGM_F_HOST_NOTIFICATIONS_ENABLED, 1);
	store.hosts[id] = host;
	fill(&tc_host_kind, host, options, id, command, handler);
	tc_index_add(&store.host_index, name, NULL, host);
}

static void create_service(const struct tc_options *options, uint32_t id, void *host, unsigned int number,
                           void *handler)
{
	void *service = tc_new(MGM_S_SERVICE);
	char *description = tc_printf("service-%02u", number + 1);

	tc_set_ptr(service, MGM_F_SERVICE_HOST_NAME, tc_str(host, MGM_F_HOST_NAME));
	tc_set_ptr(service, MGM_F_SERVICE_DESCRIPTION, description);
	tc_set_ptr(service, MGM_F_SERVICE_DISPLAY_NAME, description);
	tc_set_ptr(service, MGM_F_SERVICE_HOST_PTR, host);
	store.services[id] = service;
	fill(&tc_service_kind, service, options, id, store.commands[id % options->command_count], handler);
	tc_index_add(&store.service_index, tc_str(host, MGM_F_HOST_NAME), description, service);
}

static void link_list(void **objects, size_t count, enum mgm_field next, void **head)
{
	*head = count > 0 ? objects[0] : NULL;
	for (size_t i = 0; i + 1 < count; i++)
		tc_set_ptr(objects[i], next, objects[i + 1]);
}

/* HOST[/SERVICE]:NAME[=VALUE]; without `=` the value stays NULL, as `_NAME null` gives it in a real core. */
static void add_custom_variable(const char *text)
{
	char *host_name = tc_strdup(text);
	char *name = strchr(host_name, ':');
	char *service = NULL, *value = NULL;
	void *object = NULL;

	if (name != NULL) {
		*name++ = '\0';
		service = strchr(host_name, '/');
		value = strchr(name, '=');
		if (service != NULL)
			*service++ = '\0';
		if (value != NULL)
			*value++ = '\0';
		object = service != NULL ? find_service(host_name, service) : find_host(host_name);
	}
	if (object == NULL) {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_WARNING), "Warning: custom variable '%s' fits no object", text);
	} else {
		const struct tc_kind *kind = service != NULL ? &tc_service_kind : &tc_host_kind;
		void *list = tc_ptr(object, kind->custom_variables);

		add_custom_variable_to_object(&list, name, value);
		tc_set_ptr(object, kind->custom_variables, list);
	}
	free(host_name);
}

static void count_objects(void)
{
	tc_set_i32(num_objects, MGM_F_OBJECT_COUNT_HOSTS, (int32_t)store.host_count);
	tc_set_i32(num_objects, MGM_F_OBJECT_COUNT_SERVICES, (int32_t)store.service_count);
	tc_set_i32(num_objects, MGM_F_OBJECT_COUNT_COMMANDS, (int32_t)store.command_count);
}

void tc_objects_create(const struct tc_options *options)
{
	void *host_command, *handler = NULL;

	store.host_count = (size_t)options->hosts;
	store.service_count = store.host_count * (size_t)options->services;
	store.hosts = allocate(store.host_count, sizeof(void *));
	store.services = allocate(store.service_count, sizeof(void *));
	store.host_extras = allocate(store.host_count, sizeof(struct tc_extra));
	store.service_extras = allocate(store.service_count, sizeof(struct tc_extra));
	tc_index_init(&store.host_index, store.host_count);
	tc_index_init(&store.service_index, store.service_count);
	for (size_t i = 0; i < options->command_count; i++)
		add_command(tc_printf("check-%zu", i + 1), options->commands[i]);
	host_command = add_command(tc_strdup("check-host"), options->host_command);
	if (options->event_handler != NULL)
		handler = add_command(tc_strdup("handle-event"), options->event_handler);
	for (uint32_t h = 0; h < store.host_count; h++)
		create_host(options, h, host_command, handler);
	for (uint32_t s = 0; s < store.service_count; s++) {
		unsigned int per_host = (unsigned int)options->services;

		create_service(options, s, store.hosts[s / per_host], s % per_host, handler);
	}
	link_list(store.hosts, store.host_count, MGM_F_HOST_NEXT, &host_list);
	link_list(store.services, store.service_count, MGM_F_SERVICE_NEXT, &service_list);
	host_ary = store.hosts;
	service_ary = store.services;
	tc_groups_create(options, host_list, service_list);
	count_objects();
	for (size_t i = 0; i < options->custom_variable_count; i++)
		add_custom_variable(options->custom_variables[i]);
}

void *find_host(const char *name)
{
	return tc_index_find(&store.host_index, name, NULL);
}

void *find_service(const char *host_name, const char *description)
{
	return description == NULL ? NULL : tc_index_find(&store.service_index, host_name, description);
}

size_t tc_objects_count(const struct tc_kind *kind)
{
	return kind->service ? store.service_count : store.host_count;
}

void tc_objects_each(const struct tc_kind *kind, void (*visit)(const struct tc_kind *, void *, void *), void *arg)
{
	void **objects = kind->service ? store.services : store.hosts;

	for (size_t i = 0; i < tc_objects_count(kind); i++)
		visit(kind, objects[i], arg);
}

struct tc_extra *tc_extra_of(const struct tc_kind *kind, const void *object)
{
	uint32_t id = (uint32_t)tc_i32(object, kind->id);

	if (id >= tc_objects_count(kind) || (kind->service ? store.services : store.hosts)[id] != object)
		return NULL;
	return &(kind->service ? store.service_extras : store.host_extras)[id];
}

void *tc_host_of(const struct tc_kind *kind, void *object)
{
	return kind->service ? tc_ptr(object, MGM_F_SERVICE_HOST_PTR) : object;
}

static void free_object(const struct tc_kind *kind, void *object, void *arg)
{
	void *next;

	(void)arg;
	free(tc_extra_of(kind, object)->event_handler);
	free(tc_str(object, kind->check_command));
	free(tc_str(object, kind->plugin_output));
	free(tc_str(object, kind->long_plugin_output));
	free(tc_str(object, kind->perf_data));
	for (void *at = tc_ptr(object, kind->custom_variables); at != NULL; at = next) {
		next = tc_ptr(at, MGM_F_CUSTOMVARIABLESMEMBER_NEXT);
		free(tc_str(at, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_NAME));
		free(tc_str(at, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_VALUE));
		free(at);
	}
	for (void *at = tc_ptr(object, kind->groups); at != NULL; at = next) {
		next = tc_ptr(at, MGM_F_OBJECTLIST_NEXT);
		free(at);
	}
	free(tc_str(object, kind->service ? kind->description : kind->host_name));
	if (!kind->service)
		free(tc_str(object, MGM_F_HOST_ADDRESS));
	free(object);
}

void tc_objects_free(void)
{
	tc_objects_each(&tc_service_kind, free_object, NULL);
	tc_objects_each(&tc_host_kind, free_object, NULL);
	for (size_t i = 0; i < store.command_count; i++) {
		free(tc_str(store.commands[i], MGM_F_COMMAND_NAME));
		free(tc_str(store.commands[i], MGM_F_COMMAND_COMMAND_LINE));
		free(store.commands[i]);
	}
	tc_groups_free();
	free(store.hosts);
	free(store.services);
	free(store.host_extras);
	free(store.service_extras);
	tc_index_free(&store.host_index);
	tc_index_free(&store.service_index);
	memset(&store, 0, sizeof(store));
	host_list = service_list = command_list = NULL;
	host_ary = service_ary = NULL;
	memset(num_objects, 0, sizeof(num_objects));
}
