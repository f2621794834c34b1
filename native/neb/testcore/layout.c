/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/layout_text.h"

#define MAX_LAYOUT_BYTES 262144

#define HOST(member) MGM_F_HOST_##member
#define SERVICE(member) MGM_F_SERVICE_##member

#define COMMON_MEMBERS(KIND)                                                                                      \
	.id = KIND(ID), .display_name = KIND(DISPLAY_NAME), .check_command = KIND(CHECK_COMMAND),                     \
	.check_timeout = KIND(CHECK_TIMEOUT), .check_interval = KIND(CHECK_INTERVAL),                                 \
	.retry_interval = KIND(RETRY_INTERVAL), .max_attempts = KIND(MAX_ATTEMPTS),                                   \
	.process_performance_data = KIND(PROCESS_PERFORMANCE_DATA), .freshness_threshold = KIND(FRESHNESS_THRESHOLD), \
	.accept_passive_checks = KIND(ACCEPT_PASSIVE_CHECKS), .checks_enabled = KIND(CHECKS_ENABLED),                 \
	.check_source = KIND(CHECK_SOURCE), .notes = KIND(NOTES), .custom_variables = KIND(CUSTOM_VARIABLES),         \
	.check_type = KIND(CHECK_TYPE), .current_state = KIND(CURRENT_STATE), .last_state = KIND(LAST_STATE),         \
	.plugin_output = KIND(PLUGIN_OUTPUT), .long_plugin_output = KIND(LONG_PLUGIN_OUTPUT),                         \
	.perf_data = KIND(PERF_DATA), .state_type = KIND(STATE_TYPE), .current_attempt = KIND(CURRENT_ATTEMPT),       \
	.latency = KIND(LATENCY), .execution_time = KIND(EXECUTION_TIME), .is_executing = KIND(IS_EXECUTING),         \
	.check_options = KIND(CHECK_OPTIONS), .next_check = KIND(NEXT_CHECK), .last_check = KIND(LAST_CHECK),         \
	.last_state_change = KIND(LAST_STATE_CHANGE), .has_been_checked = KIND(HAS_BEEN_CHECKED),                     \
	.is_being_freshened = KIND(IS_BEING_FRESHENED), .notification_number = KIND(CURRENT_NOTIFICATION_NUMBER),     \
	.notification_id = KIND(CURRENT_NOTIFICATION_ID), .downtime_depth = KIND(SCHEDULED_DOWNTIME_DEPTH),           \
	.percent_state_change = KIND(PERCENT_STATE_CHANGE), .next = KIND(NEXT), .next_check_event = KIND(NEXT_CHECK_EVENT)

const struct tc_kind tc_host_kind = { COMMON_MEMBERS(HOST),
	                                  .service = false,
	                                  .size = MGM_S_HOST,
	                                  .host_name = MGM_F_HOST_NAME,
	                                  .description = MGM_FIELD_COUNT,
	                                  .groups = MGM_F_HOST_HOSTGROUPS_PTR };

const struct tc_kind tc_service_kind = { COMMON_MEMBERS(SERVICE),
	                                     .service = true,
	                                     .size = MGM_S_SERVICE,
	                                     .host_name = MGM_F_SERVICE_HOST_NAME,
	                                     .description = MGM_F_SERVICE_DESCRIPTION,
	                                     .groups = MGM_F_SERVICE_SERVICEGROUPS_PTR };

static void out_of_memory(void)
{
	fputs("mgm-testcore: out of memory\n", stderr);
	abort();
}

static const struct mgm_abi *found;
static struct mgm_layout_row *from_file;

bool tc_layout_use(const char *path)
{
	static char text[MAX_LAYOUT_BYTES];
	char why[256] = "it cannot be read";
	FILE *file;
	size_t size;

	mgm_layout_rows_free(from_file);
	from_file = NULL;
	found = NULL;
	if (path == NULL)
		return true;
	file = fopen(path, "re");
	if (file != NULL) {
		size = fread(text, 1, sizeof(text), file);
		fclose(file);
		from_file = mgm_layout_parse(text, size, why, sizeof(why));
	}
	if (from_file == NULL)
		fprintf(stderr, "mgm-testcore: layout file %s: %s\n", path, why);
	else
		found = &from_file->abi;
	return from_file != NULL;
}

const struct mgm_abi *tc_abi(void)
{
	for (size_t i = 0; found == NULL && i < mgm_abi_class_count; i++) {
		if (strcmp(mgm_abi_classes[i].id, TC_CLASS) == 0)
			found = &mgm_abi_classes[i];
	}
	if (found == NULL) {
		fputs("mgm-testcore: no layout table of class " TC_CLASS "\n", stderr);
		abort();
	}
	return found;
}

void *tc_new(enum mgm_size size)
{
	void *block = calloc(1, tc_abi()->size[size]);

	if (block == NULL)
		out_of_memory();
	return block;
}

char *tc_strdup(const char *text)
{
	char *copy;

	if (text == NULL)
		return NULL;
	copy = strdup(text);
	if (copy == NULL)
		out_of_memory();
	return copy;
}

char *tc_printf(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		out_of_memory();
	va_end(arguments);
	return text;
}

void tc_take_str(void *base, enum mgm_field field, char *value)
{
	free(tc_ptr(base, field));
	tc_set_ptr(base, field, value);
}
