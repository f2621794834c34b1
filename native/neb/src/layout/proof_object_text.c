/* SPDX-License-Identifier: GPL-2.0-or-later */
/** 4.4: stand-in objects with one value per field, printed by the core's own object cache writer. */
#include "proof_checks.h"

#include <stdlib.h>
#include <string.h>

/* A field, the keyword of its line in the object cache, and the value as text or number. */
struct line {
	enum mgm_field field;
	const char *keyword;
	const char *text;
	double number;
};

static const struct line host_lines[] = {
	{ MGM_F_HOST_NAME, "host_name", "mgm proof host", 0 },
	{ MGM_F_HOST_DISPLAY_NAME, "display_name", "mgm host display", 0 },
	{ MGM_F_HOST_ALIAS, "alias", "mgm host alias", 0 },
	{ MGM_F_HOST_ADDRESS, "address", "mgm host address", 0 },
	{ MGM_F_HOST_CHECK_COMMAND, "check_command", "mgm host command", 0 },
	{ MGM_F_HOST_NOTES, "notes", "mgm host notes", 0 },
	{ MGM_F_HOST_CHECK_TIMEOUT, "check_timeout", NULL, 1009 },
	{ MGM_F_HOST_CHECK_INTERVAL, "check_interval", NULL, 7.125 },
	{ MGM_F_HOST_RETRY_INTERVAL, "retry_interval", NULL, 3.375 },
	{ MGM_F_HOST_MAX_ATTEMPTS, "max_check_attempts", NULL, 1013 },
	{ MGM_F_HOST_CHECKS_ENABLED, "active_checks_enabled", NULL, 1019 },
	{ MGM_F_HOST_ACCEPT_PASSIVE_CHECKS, "passive_checks_enabled", NULL, 1021 },
	{ MGM_F_HOST_FRESHNESS_THRESHOLD, "freshness_threshold", NULL, 1031 },
	{ MGM_F_HOST_NOTIFICATIONS_ENABLED, "notifications_enabled", NULL, 1033 },
	{ MGM_F_HOST_PROCESS_PERFORMANCE_DATA, "process_perf_data", NULL, 1039 },
};

static const struct line service_lines[] = {
	{ MGM_F_SERVICE_HOST_NAME, "host_name", "mgm proof host", 0 },
	{ MGM_F_SERVICE_DESCRIPTION, "service_description", "mgm proof service", 0 },
	{ MGM_F_SERVICE_DISPLAY_NAME, "display_name", "mgm service display", 0 },
	{ MGM_F_SERVICE_CHECK_COMMAND, "check_command", "mgm service command", 0 },
	{ MGM_F_SERVICE_NOTES, "notes", "mgm service notes", 0 },
	{ MGM_F_SERVICE_CHECK_TIMEOUT, "check_timeout", NULL, 1049 },
	{ MGM_F_SERVICE_CHECK_INTERVAL, "check_interval", NULL, 11.625 },
	{ MGM_F_SERVICE_RETRY_INTERVAL, "retry_interval", NULL, 5.875 },
	{ MGM_F_SERVICE_MAX_ATTEMPTS, "max_check_attempts", NULL, 1051 },
	{ MGM_F_SERVICE_CHECKS_ENABLED, "active_checks_enabled", NULL, 1061 },
	{ MGM_F_SERVICE_ACCEPT_PASSIVE_CHECKS, "passive_checks_enabled", NULL, 1063 },
	{ MGM_F_SERVICE_FRESHNESS_THRESHOLD, "freshness_threshold", NULL, 1069 },
	{ MGM_F_SERVICE_PROCESS_PERFORMANCE_DATA, "process_perf_data", NULL, 1087 },
};

static void store(const struct mgm_abi *abi, void *object, const struct line *line)
{
	if (line->text != NULL)
		mgm_set_cstr(abi, object, line->field, line->text);
	else if (abi->type[line->field] == MGM_T_F64)
		mgm_set_f64(abi, object, line->field, line->number);
	else
		mgm_set_i32(abi, object, line->field, (int32_t)line->number);
}

static void line_text(const struct mgm_abi *abi, const struct line *line, char *out, size_t size)
{
	if (line->text != NULL)
		snprintf(out, size, "\n\t%s\t%s", line->keyword, line->text);
	else if (abi->type[line->field] == MGM_T_F64)
		snprintf(out, size, "\n\t%s\t%f", line->keyword, line->number);
	else
		snprintf(out, size, "\n\t%s\t%d", line->keyword, (int)line->number);
}

/* Some releases add a blank before the end of the line. */
static bool has_line(const char *text, const char *wanted)
{
	const char *found = strstr(text, wanted);

	if (found == NULL)
		return false;
	found += strlen(wanted);
	while (*found == ' ')
		found++;
	return *found == '\n';
}

/* The tree is empty, so nothing is ever compared. */
static int compare_never(const void *left, const void *right)
{
	(void)left;
	(void)right;
	return 0;
}

static bool check_text(struct mgm_proof *proof, const char *text, const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char wanted[128];

		if (!mgm_has(proof->abi, lines[i].field))
			continue;
		line_text(proof->abi, &lines[i], wanted, sizeof(wanted));
		if (!has_line(text, wanted))
			return mgm_refuse(proof, "%s is not what the core prints as %s", mgm_field_infos[lines[i].field].name,
			                  lines[i].keyword);
	}
	if (!has_line(text, "\n\t_MGMFIRST\tfirst value") || !has_line(text, "\n\t_MGMSECOND\tsecond value"))
		return mgm_refuse(proof, "custom_variables is not what the core prints");
	return true;
}

static bool print_and_check(struct mgm_proof *proof, void (*print)(FILE *, const void *), const void *object,
                            const struct line *lines, size_t count)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL)
		return mgm_refuse(proof, "no memory");
	print(stream, object);
	fclose(stream);
	return text != NULL && check_text(proof, text, lines, count);
}

bool mgm_check_object_text(struct mgm_proof *proof)
{
	const size_t host_count = sizeof(host_lines) / sizeof(host_lines[0]);
	const size_t service_count = sizeof(service_lines) / sizeof(service_lines[0]);
	const struct mgm_abi *abi = proof->abi;

	proof->host = mgm_stand_in();
	proof->service = mgm_stand_in();
	proof->mark = mgm_stand_in();
	if (proof->host == NULL || proof->service == NULL || proof->mark == NULL)
		return mgm_refuse(proof, "no memory");
	/* GLib warns about a missing tree, and with G_DEBUG set a warning ends the process. */
	if (proof->calls.tree_new != NULL)
		mgm_set_ptr(abi, proof->host, MGM_F_HOST_PARENT_HOSTS, proof->calls.tree_new(compare_never));
	for (size_t i = 0; i < host_count; i++)
		store(abi, proof->host, &host_lines[i]);
	for (size_t i = 0; i < service_count; i++)
		store(abi, proof->service, &service_lines[i]);
	mgm_set_ptr(abi, proof->host, MGM_F_HOST_CUSTOM_VARIABLES, proof->custom_variables);
	mgm_set_ptr(abi, proof->service, MGM_F_SERVICE_CUSTOM_VARIABLES, proof->custom_variables);
	mgm_set_ptr(abi, proof->service, MGM_F_SERVICE_HOST_PTR, proof->host);
	return print_and_check(proof, proof->calls.fcache_host, proof->host, host_lines, host_count) &&
	       print_and_check(proof, proof->calls.fcache_service, proof->service, service_lines, service_count);
}
