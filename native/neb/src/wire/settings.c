/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "pages.h"

#define HOSTGROUP_PREFIX "hostgroup_"
#define SERVICEGROUP_PREFIX "servicegroup_"

/* The four lists, the field each comes from, and what its queues begin with. */
struct list {
	enum mgm_id id;
	size_t slot;
	const char *prefix;
};

/* The texts, and the field each comes from. */
static const struct {
	enum mgm_id id;
	size_t slot;
} texts[] = { { MGM_ID_QUEUE_CUSTOM_VARIABLE, offsetof(struct mgm_settings, queue_custom_variable) },
	          { MGM_ID_HOST_PERFDATA_TEMPLATE, offsetof(struct mgm_settings, host_perfdata_template) },
	          { MGM_ID_SERVICE_PERFDATA_TEMPLATE, offsetof(struct mgm_settings, service_perfdata_template) } };

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static char **text_of(struct mgm_settings *settings, size_t i)
{
	return (char **)(void *)((char *)settings + texts[i].slot);
}

#define LIST(id, member, prefix)                          \
	{                                                     \
		id, offsetof(struct mgm_settings, member), prefix \
	}

static const struct list lists[] = { LIST(MGM_ID_HOSTGROUP, hostgroup, HOSTGROUP_PREFIX),
	                                 LIST(MGM_ID_SERVICEGROUP, servicegroup, SERVICEGROUP_PREFIX),
	                                 LIST(MGM_ID_LOCALHOSTGROUP, localhostgroup, ""),
	                                 LIST(MGM_ID_LOCALSERVICEGROUP, localservicegroup, "") };

#define LISTS (sizeof(lists) / sizeof(lists[0]))

static struct mgm_names *names_of(struct mgm_settings *settings, const struct list *list)
{
	return (struct mgm_names *)(void *)((char *)settings + list->slot);
}

static void free_names(struct mgm_names *names)
{
	free(names->name);
	free(names->group);
	free(names->text);
	memset(names, 0, sizeof(*names));
}

/* Names of a list and bytes of all their texts, each with prefix and terminator. */
static size_t count_names(const struct mgm_message *message, const struct list *list, size_t *bytes)
{
	struct mgm_bytes member;
	size_t cursor = 0, count = 0;

	for (*bytes = 0; mgm_msg_next(message, list->id, &cursor, &member); count++)
		*bytes += strlen(list->prefix) + member.size + 1;
	return count;
}

/* Three blocks of memory however many names there are: this is the core's thread. */
static bool read_names(struct mgm_names *names, const struct mgm_message *message, const struct list *list)
{
	size_t cursor = 0, bytes, count = count_names(message, list, &bytes);
	struct mgm_bytes member;
	char *at;

	names->prefix = strlen(list->prefix);
	if (count == 0)
		return true;
	names->name = calloc(count, sizeof(*names->name));
	names->group = calloc(count, sizeof(*names->group));
	names->text = at = malloc(bytes);
	if (names->name == NULL || names->group == NULL || names->text == NULL)
		return false;
	while (mgm_msg_next(message, list->id, &cursor, &member)) {
		memcpy(at, list->prefix, names->prefix);
		at += names->prefix;
		memcpy(at, member.data, member.size);
		at[member.size] = '\0';
		names->name[names->count++] = at;
		at += member.size + 1;
	}
	return true;
}

const char *mgm_names_queue(const struct mgm_names *names, size_t index)
{
	return names->name[index] - names->prefix;
}

/* Before anything is kept. */
static bool small_enough(const struct mgm_message *message)
{
	size_t count = 0, bytes = 0, one;

	for (size_t i = 0; i < TEXTS; i++)
		bytes += message->field[texts[i].id].size;
	for (size_t i = 0; i < LISTS; i++) {
		count += count_names(message, &lists[i], &one);
		bytes += one;
	}
	return count <= MGM_SETTINGS_MAX_GROUPS && bytes <= MGM_SETTINGS_MAX_BYTES;
}

static bool flag(const struct mgm_message *message, enum mgm_id id)
{
	return mgm_msg_u32(message, id, 0) != 0;
}

enum mgm_settings_rc mgm_settings_read(struct mgm_settings *settings, const struct mgm_message *message)
{
	struct mgm_settings fresh = { .hosts = flag(message, MGM_ID_HOSTS),
		                          .services = flag(message, MGM_ID_SERVICES),
		                          .eventhandler = flag(message, MGM_ID_EVENTHANDLER),
		                          .do_hostchecks = flag(message, MGM_ID_DO_HOSTCHECKS),
		                          .route_eventhandler_like_checks = flag(message, MGM_ID_ROUTE_EVENTHANDLER),
		                          .checks_local_when_away = flag(message, MGM_ID_CHECKS_WHEN_AWAY),
		                          .eventhandlers_kept_when_away = flag(message, MGM_ID_EVENTHANDLERS_WHEN_AWAY),
		                          .notifications = flag(message, MGM_ID_NOTIFICATIONS),
		                          .notifications_kept_when_away = flag(message, MGM_ID_NOTIFICATIONS_WHEN_AWAY),
		                          .orphan_host_checks = flag(message, MGM_ID_ORPHAN_HOST_CHECKS),
		                          .orphan_service_checks = flag(message, MGM_ID_ORPHAN_SERVICE_CHECKS),
		                          .internal_check_dummy = flag(message, MGM_ID_INTERNAL_CHECK_DUMMY),
		                          .latency_flatten_window = mgm_msg_u32(message, MGM_ID_LATENCY_FLATTEN_WINDOW, 0),
		                          .orphan_return = mgm_msg_u32(message, MGM_ID_ORPHAN_RETURN, 0) & 3u,
		                          .perfdata = flag(message, MGM_ID_PERFDATA),
		                          .perfdata_send_all = flag(message, MGM_ID_PERFDATA_SEND_ALL),
		                          .explain_queues = flag(message, MGM_ID_EXPLAIN_QUEUES),
		                          .debug = flag(message, MGM_ID_DEBUG),
		                          .taken_times = flag(message, MGM_ID_TAKEN_TIMES) };
	static const enum mgm_id exports[MGM_EXPORTS] = { MGM_ID_EXPORT_PROCESS, MGM_ID_EXPORT_TIMED_EVENT,
		                                              MGM_ID_EXPORT_LOG };
	bool ok = true;

	for (size_t i = 0; i < MGM_EXPORTS; i++) {
		fresh.exports[i].on = message->field[exports[i]].data != NULL;
		fresh.exports[i].return_code = (int)mgm_msg_u32(message, exports[i], 0);
	}
	if (!small_enough(message))
		return MGM_SETTINGS_TOO_LARGE;
	for (size_t i = 0; ok && i < TEXTS; i++) {
		if (message->field[texts[i].id].size == 0)
			continue;
		*text_of(&fresh, i) = mgm_msg_text(message, texts[i].id);
		ok = *text_of(&fresh, i) != NULL;
	}
	for (size_t i = 0; ok && i < LISTS; i++)
		ok = read_names(names_of(&fresh, &lists[i]), message, &lists[i]);
	if (!ok || !mgm_settings_make_table(&fresh)) {
		mgm_settings_free(&fresh);
		return MGM_SETTINGS_NO_MEMORY;
	}
	mgm_settings_free(settings);
	*settings = fresh;
	return MGM_SETTINGS_OK;
}

bool mgm_settings_make_table(struct mgm_settings *settings)
{
	size_t names = 0;

	for (size_t i = 0; i < LISTS; i++)
		names += names_of(settings, &lists[i])->count;
	mgm_pages_free(settings->group, settings->group_capacity * sizeof(*settings->group));
	settings->group = NULL;
	settings->group_capacity = 0;
	if (names == 0)
		return true;
	settings->group_capacity = 2;
	while (settings->group_capacity < 2 * names)
		settings->group_capacity *= 2;
	settings->group = mgm_pages_new(settings->group_capacity * sizeof(*settings->group));
	return settings->group != NULL;
}

struct mgm_group *mgm_settings_group(const struct mgm_settings *settings, const void *group)
{
	size_t at = mgm_address_slot(group, settings->group_capacity);

	while (settings->group[at].group != NULL && settings->group[at].group != group)
		at = (at + 1) & (settings->group_capacity - 1);
	return &settings->group[at];
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
	for (size_t i = 0; i < TEXTS; i++)
		free(*text_of(settings, i));
	for (size_t i = 0; i < LISTS; i++)
		free_names(names_of(settings, &lists[i]));
	mgm_pages_free(settings->group, settings->group_capacity * sizeof(*settings->group));
	memset(settings, 0, sizeof(*settings));
}
