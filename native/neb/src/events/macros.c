/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "macros.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any known area: a core of the same class may have grown it at the end. */
#define SLACK_BYTES 256u

bool mgm_macros_open(struct mgm_macros *macros, const struct mgm_core *core, void *host, void *service, void *contact)
{
	memset(macros, 0, sizeof(*macros));
	macros->core = core;
	macros->area = calloc(1, core->abi->size[MGM_S_NAGIOS_MACROS] + SLACK_BYTES);
	macros->failed = macros->area == NULL;
	if (macros->failed)
		return false;
	/* Nagios grabs the service only, Naemon the host with it. */
	core->grab_host_macros_r(macros->area, host);
	if (service != NULL)
		core->grab_service_macros_r(macros->area, service);
	if (contact != NULL)
		core->grab_contact_macros_r(macros->area, contact);
	return true;
}

static char **slot_at(const struct mgm_macros *macros, int32_t slot)
{
	return (char **)mgm_at(macros->core->abi, macros->area, MGM_F_NAGIOS_MACROS_X) + slot;
}

void mgm_macros_set(struct mgm_macros *macros, enum mgm_const slot, const char *text)
{
	int32_t index = mgm_constant(macros->core->abi, slot, -1);
	char *copy;

	if (text == NULL || index < 0)
		return;
	copy = macros->set_count < MGM_MACROS_SLOTS ? strdup(text) : NULL;
	if (copy == NULL) {
		macros->failed = true;
		return;
	}
	*slot_at(macros, index) = copy;
	macros->set[macros->set_count++] = index;
}

static char *expand(struct mgm_macros *macros, const char *text, int options)
{
	char *out = NULL;

	macros->core->process_macros_r(macros->area, text, &out, options);
	return out;
}

char *mgm_macros_command(struct mgm_macros *macros, const char *name, const char *args, bool *known)
{
	const struct mgm_abi *abi = macros->core->abi;
	int options =
		mgm_constant(abi, MGM_C_STRIP_ILLEGAL_MACRO_CHARS, 1) | mgm_constant(abi, MGM_C_ESCAPE_MACRO_CHARS, 2);
	size_t size = strlen(name) + (args != NULL ? strlen(args) + 1 : 0) + 1;
	char *text = malloc(size), *raw = NULL, *line = NULL;

	*known = true;
	if (text == NULL) {
		macros->failed = true;
		return NULL;
	}
	snprintf(text, size, "%s%s%s", name, args != NULL ? "!" : "", args != NULL ? args : "");
	macros->core->get_raw_command_line_r(macros->area, macros->core->find_command(name), text, &raw, options);
	*known = raw != NULL;
	if (raw != NULL)
		line = expand(macros, raw, options);
	free(raw);
	free(text);
	return line;
}

char *mgm_macros_text(struct mgm_macros *macros, const char *text)
{
	return expand(macros, text, 0);
}

void mgm_macros_close(struct mgm_macros *macros)
{
	if (macros->area == NULL)
		return;
	/* Ours first: Nagios leaves those of notifications alone. */
	while (macros->set_count > 0) {
		char **slot = slot_at(macros, macros->set[--macros->set_count]);

		free(*slot);
		*slot = NULL;
	}
	macros->core->clear_volatile_macros_r(macros->area);
	free(macros->area);
	macros->area = NULL;
}
