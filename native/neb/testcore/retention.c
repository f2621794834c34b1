/* SPDX-License-Identifier: GPL-2.0-or-later */
/** State across a reload. The options cannot change, so an object is found again by its place. */
#include "retention.h"

#include <stdlib.h>

#include "objects.h"

struct memory {
	int32_t current_state, last_state, state_type, current_attempt, has_been_checked, check_type, last_hard_state;
	int64_t last_check, next_check, last_state_change;
	double latency, execution_time;
	char *plugin_output, *long_plugin_output, *perf_data;
};

static struct {
	struct memory *hosts, *services;
	size_t host_count, service_count;
} saved;

static struct memory *slot(const struct tc_kind *kind, const void *object)
{
	return &(kind->service ? saved.services : saved.hosts)[(uint32_t)tc_i32(object, kind->id)];
}

static void save(const struct tc_kind *kind, void *object, void *arg)
{
	struct memory *to = slot(kind, object);

	(void)arg;
	*to = (struct memory){ .current_state = tc_i32(object, kind->current_state),
		                   .last_state = tc_i32(object, kind->last_state),
		                   .state_type = tc_i32(object, kind->state_type),
		                   .current_attempt = tc_i32(object, kind->current_attempt),
		                   .has_been_checked = tc_i32(object, kind->has_been_checked),
		                   .check_type = tc_i32(object, kind->check_type),
		                   .last_hard_state = tc_extra_of(kind, object)->last_hard_state,
		                   .last_check = tc_i64(object, kind->last_check),
		                   .next_check = tc_i64(object, kind->next_check),
		                   .last_state_change = tc_i64(object, kind->last_state_change),
		                   .latency = tc_f64(object, kind->latency),
		                   .execution_time = tc_f64(object, kind->execution_time),
		                   .plugin_output = tc_strdup(tc_str(object, kind->plugin_output)),
		                   .long_plugin_output = tc_strdup(tc_str(object, kind->long_plugin_output)),
		                   .perf_data = tc_strdup(tc_str(object, kind->perf_data)) };
}

static void restore(const struct tc_kind *kind, void *object, void *arg)
{
	struct memory *from = slot(kind, object);

	(void)arg;
	tc_set_i32(object, kind->current_state, from->current_state);
	tc_set_i32(object, kind->last_state, from->last_state);
	tc_set_i32(object, kind->state_type, from->state_type);
	tc_set_i32(object, kind->current_attempt, from->current_attempt);
	tc_set_i32(object, kind->has_been_checked, from->has_been_checked);
	tc_set_i32(object, kind->check_type, from->check_type);
	tc_extra_of(kind, object)->last_hard_state = from->last_hard_state;
	tc_set_i64(object, kind->last_check, from->last_check);
	tc_set_i64(object, kind->next_check, from->next_check);
	tc_set_i64(object, kind->last_state_change, from->last_state_change);
	tc_set_f64(object, kind->latency, from->latency);
	tc_set_f64(object, kind->execution_time, from->execution_time);
	tc_take_str(object, kind->plugin_output, from->plugin_output);
	tc_take_str(object, kind->long_plugin_output, from->long_plugin_output);
	tc_take_str(object, kind->perf_data, from->perf_data);
	from->plugin_output = from->long_plugin_output = from->perf_data = NULL;
}

void tc_retention_save(void)
{
	tc_retention_drop();
	saved.host_count = tc_objects_count(&tc_host_kind);
	saved.service_count = tc_objects_count(&tc_service_kind);
	saved.hosts = calloc(saved.host_count + 1, sizeof(struct memory));
	saved.services = calloc(saved.service_count + 1, sizeof(struct memory));
	if (saved.hosts == NULL || saved.services == NULL)
		abort();
	tc_objects_each(&tc_host_kind, save, NULL);
	tc_objects_each(&tc_service_kind, save, NULL);
}

void tc_retention_restore(void)
{
	if (saved.host_count == tc_objects_count(&tc_host_kind) &&
	    saved.service_count == tc_objects_count(&tc_service_kind)) {
		tc_objects_each(&tc_host_kind, restore, NULL);
		tc_objects_each(&tc_service_kind, restore, NULL);
	}
	tc_retention_drop();
}

static void drop(struct memory **memories, size_t *count)
{
	for (size_t i = 0; i < *count; i++) {
		free((*memories)[i].plugin_output);
		free((*memories)[i].long_plugin_output);
		free((*memories)[i].perf_data);
	}
	free(*memories);
	*memories = NULL;
	*count = 0;
}

void tc_retention_drop(void)
{
	drop(&saved.hosts, &saved.host_count);
	drop(&saved.services, &saved.service_count);
}
