/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "template.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_BYTES 24

enum value { LITERAL, TIME, TEXT, HOST_STATE, SERVICE_STATE, STATE_TYPE };

struct macro {
	const char *name;
	enum value value;
	bool of_service;
	enum mgm_field field;
};

static const struct macro macros[] = {
	{ "TIMET", TIME, false, 0 },
	{ "HOSTNAME", TEXT, false, MGM_F_HOST_NAME },
	{ "HOSTPERFDATA", TEXT, false, MGM_F_HOST_PERF_DATA },
	{ "HOSTCHECKCOMMAND", TEXT, false, MGM_F_HOST_CHECK_COMMAND },
	{ "HOSTSTATE", HOST_STATE, false, MGM_F_HOST_CURRENT_STATE },
	{ "HOSTSTATETYPE", STATE_TYPE, false, MGM_F_HOST_STATE_TYPE },
	{ "SERVICEDESC", TEXT, true, MGM_F_SERVICE_DESCRIPTION },
	{ "SERVICEPERFDATA", TEXT, true, MGM_F_SERVICE_PERF_DATA },
	{ "SERVICECHECKCOMMAND", TEXT, true, MGM_F_SERVICE_CHECK_COMMAND },
	{ "SERVICESTATE", SERVICE_STATE, true, MGM_F_SERVICE_CURRENT_STATE },
	{ "SERVICESTATETYPE", STATE_TYPE, true, MGM_F_SERVICE_STATE_TYPE },
};

/* Literal text, which points into the template, or a macro. */
struct mgm_template_part {
	const char *text;
	size_t size;
	const struct macro *macro; /* NULL: literal */
};

static const struct macro *find_macro(const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		if (strlen(macros[i].name) == size && memcmp(macros[i].name, name, size) == 0)
			return &macros[i];
	return NULL;
}

static void add_part(struct mgm_template *template, const char *text, size_t size, const struct macro *macro)
{
	if (size > 0)
		template->parts[template->count++] = (struct mgm_template_part){ text, size, macro };
}

/* Parts between dollar signs are names in turn; `$$` is one sign. @return whether every macro is in the table */
static bool split(struct mgm_template *template)
{
	const char *at = template->text;

	for (;;) {
		const char *open = strchr(at, '$'), *close;
		const struct macro *macro;

		if (open == NULL) {
			add_part(template, at, strlen(at), NULL);
			return true;
		}
		add_part(template, at, (size_t)(open - at), NULL);
		close = strchr(open + 1, '$');
		if (close == NULL)
			return false;
		macro = find_macro(open + 1, (size_t)(close - open - 1));
		if (macro == NULL && close != open + 1)
			return false;
		add_part(template, open, 1, macro);
		at = close + 1;
	}
}

bool mgm_template_set(struct mgm_template *template, const char *text)
{
	size_t size = strlen(text), dollars = 0;

	mgm_template_free(template);
	for (const char *at = strchr(text, '$'); at != NULL; at = strchr(at + 1, '$'))
		dollars++;
	template->text = malloc(size + 2);
	template->parts = calloc(dollars + 2, sizeof(*template->parts));
	if (template->text == NULL || template->parts == NULL) {
		mgm_template_free(template);
		return false;
	}
	memcpy(template->text, text, size);
	memcpy(template->text + size, "\n", 2);
	template->direct = split(template);
	return true;
}

/* @return value of a macro, NULL when only the core knows it */
static const char *value_of(const struct mgm_abi *abi, const struct macro *macro,
                            const struct mgm_template_objects *objects, char time[TIME_BYTES])
{
	static const char *const host_states[] = { "UP", "DOWN", "UNREACHABLE" };
	static const char *const service_states[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	static const char *const types[] = { "SOFT", "HARD" };
	const void *object = macro->of_service ? objects->service : objects->host;
	const char *text;
	uint32_t number;

	if (macro->value == TIME) {
		snprintf(time, TIME_BYTES, "%" PRId64, objects->now_s);
		return time;
	}
	if (object == NULL)
		return NULL;
	if (macro->value == TEXT) {
		text = mgm_get_cstr(abi, object, macro->field);
		return text != NULL ? text : "";
	}
	number = (uint32_t)mgm_get_i32(abi, object, macro->field);
	switch (macro->value) {
	case HOST_STATE: return number < 3 ? host_states[number] : NULL;
	case SERVICE_STATE: return number < 4 ? service_states[number] : NULL;
	default: return number < 2 ? types[number] : NULL;
	}
}

bool mgm_template_print(const struct mgm_template *template, const struct mgm_abi *abi,
                        const struct mgm_template_objects *objects, struct mgm_frame *frame, enum mgm_id id)
{
	size_t start = frame->size;

	if (!template->direct)
		return false;
	mgm_frame_bytes(frame, id, NULL, 0);
	for (size_t i = 0; i < template->count; i++) {
		const struct mgm_template_part *part = &template->parts[i];
		char time[TIME_BYTES];
		const char *text = part->text;

		if (part->macro != NULL) {
			text = value_of(abi, part->macro, objects, time);
			if (text == NULL) {
				mgm_frame_cut(frame, start);
				return false;
			}
		}
		mgm_frame_more(frame, start, text, part->macro != NULL ? strlen(text) : part->size);
	}
	return true;
}

void mgm_template_free(struct mgm_template *template)
{
	free(template->text);
	free(template->parts);
	memset(template, 0, sizeof(*template));
}
