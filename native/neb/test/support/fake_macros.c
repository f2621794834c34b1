/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Macros, contacts and commands of the fake core: the slots of an area, arguments, and a few members of objects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_core.h"
#include "fake_parts.h"

static void *contacts[FAKE_MAX], *commands[FAKE_MAX];
static int contact_count, command_count;
static void *first_contact;

void *fake_contact(const char *name, const char *alias)
{
	void *contact = calloc(1, fake.core.abi->size[MGM_S_CONTACT]);

	mgm_set_cstr(fake.core.abi, contact, MGM_F_CONTACT_NAME, name);
	mgm_set_cstr(fake.core.abi, contact, MGM_F_CONTACT_ALIAS, alias);
	mgm_set_ptr(fake.core.abi, contact, MGM_F_CONTACT_NEXT, first_contact);
	return first_contact = contacts[contact_count++] = contact;
}

void *fake_command(const char *name, const char *line)
{
	void *command = calloc(1, fake.core.abi->size[MGM_S_COMMAND]);

	mgm_set_cstr(fake.core.abi, command, MGM_F_COMMAND_NAME, name);
	mgm_set_cstr(fake.core.abi, command, MGM_F_COMMAND_COMMAND_LINE, line);
	return commands[command_count++] = command;
}

static void *find(void **list, int count, enum mgm_field name_field, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(mgm_get_cstr(fake.core.abi, list[i], name_field), name) == 0)
			return list[i];
	return NULL;
}

static void *find_contact(const char *name)
{
	return find(contacts, contact_count, MGM_F_CONTACT_NAME, name);
}

static void *find_command(const char *name)
{
	return find(commands, command_count, MGM_F_COMMAND_NAME, name);
}

static int grab(void *macros, enum mgm_field field, void *object)
{
	mgm_set_ptr(fake.core.abi, macros, field, object);
	return 0;
}

static int grab_host(void *macros, void *host)
{
	fake.macros_open++;
	return grab(macros, MGM_F_NAGIOS_MACROS_HOST_PTR, host);
}

static int grab_service(void *macros, void *service)
{
	return grab(macros, MGM_F_NAGIOS_MACROS_SERVICE_PTR, service);
}

static int grab_contact(void *macros, void *contact)
{
	return grab(macros, MGM_F_NAGIOS_MACROS_CONTACT_PTR, contact);
}

#define SLOT(name)                      \
	{                                   \
#name, MGM_C_MACRO_##name, 0, 0 \
	}
#define MEMBER(name, owner, field)                                \
	{                                                             \
		name, MGM_CONST_COUNT, MGM_F_NAGIOS_MACROS_##owner, field \
	}

/* A slot of the area, or a text member of an object that was grabbed. */
static const struct {
	const char *name;
	enum mgm_const slot;
	enum mgm_field owner, member;
} values[] = {
	SLOT(NOTIFICATIONTYPE),
	SLOT(NOTIFICATIONNUMBER),
	SLOT(NOTIFICATIONISESCALATED),
	SLOT(NOTIFICATIONAUTHOR),
	SLOT(NOTIFICATIONAUTHORNAME),
	SLOT(NOTIFICATIONAUTHORALIAS),
	SLOT(NOTIFICATIONCOMMENT),
	SLOT(HOSTACKAUTHOR),
	SLOT(HOSTACKCOMMENT),
	SLOT(SERVICEACKAUTHOR),
	SLOT(SERVICEACKAUTHORNAME),
	SLOT(SERVICEACKAUTHORALIAS),
	SLOT(SERVICEACKCOMMENT),
	MEMBER("HOSTNAME", HOST_PTR, MGM_F_HOST_NAME),
	MEMBER("HOSTOUTPUT", HOST_PTR, MGM_F_HOST_PLUGIN_OUTPUT),
	MEMBER("SERVICEDESC", SERVICE_PTR, MGM_F_SERVICE_DESCRIPTION),
	MEMBER("SERVICEOUTPUT", SERVICE_PTR, MGM_F_SERVICE_PLUGIN_OUTPUT),
	MEMBER("CONTACTNAME", CONTACT_PTR, MGM_F_CONTACT_NAME),
};

static const char *value_of(void *macros, const char *name, size_t length)
{
	const struct mgm_abi *abi = fake.core.abi;

	if (length == 4 && strncmp(name, "ARG", 3) == 0)
		return ((char **)mgm_at(abi, macros, MGM_F_NAGIOS_MACROS_ARGV))[name[3] - '1'];
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		void *object;

		if (strlen(values[i].name) != length || strncmp(values[i].name, name, length) != 0)
			continue;
		if (values[i].slot != MGM_CONST_COUNT)
			return ((char **)mgm_at(abi, macros, MGM_F_NAGIOS_MACROS_X))[mgm_constant(abi, values[i].slot, 0)];
		object = mgm_get_ptr(abi, macros, values[i].owner);
		return object != NULL ? mgm_get_cstr(abi, object, values[i].member) : NULL;
	}
	return strncmp(name, "SERVICESTATE", length) == 0 ? "CRITICAL"
	       : strncmp(name, "HOSTSTATE", length) == 0  ? "DOWN"
	                                                  : "?";
}

/* With options the values lose backticks, as a core strips what is illegal. */
static int process(void *macros, const char *text, char **out, int options)
{
	size_t size;
	FILE *file;

	fake.expansions++;
	if (fake.expanded != NULL || fake.expands_nothing) {
		*out = fake.expanded != NULL ? strdup(fake.expanded) : NULL;
		return 0;
	}
	file = open_memstream(out, &size);

	for (const char *at = text; *at != '\0';) {
		const char *end = *at == '$' ? strchr(at + 1, '$') : NULL;
		const char *value = end != NULL ? value_of(macros, at + 1, (size_t)(end - at - 1)) : NULL;

		if (end == NULL) {
			fputc(*at++, file);
			continue;
		}
		for (; value != NULL && *value != '\0'; value++)
			if (options == 0 || *value != '`')
				fputc(*value, file);
		at = end + 1;
	}
	fclose(file);
	return 0;
}

static int raw_line(void *macros, void *command, const char *text, char **line, int options)
{
	char **argv = mgm_at(fake.core.abi, macros, MGM_F_NAGIOS_MACROS_ARGV);
	char *copy, *rest, *argument;

	if (command == NULL)
		return -1;
	*line = strdup(mgm_get_cstr(fake.core.abi, command, MGM_F_COMMAND_COMMAND_LINE));
	rest = copy = strdup(text);
	strsep(&rest, "!");
	for (int i = 0; i < 4 && (argument = strsep(&rest, "!")) != NULL; i++)
		process(macros, argument, &argv[i], options);
	free(copy);
	return 0;
}

/* The worst case: slots of notifications are left alone, as by Nagios. */
static int clear(void *macros)
{
	char **argv = mgm_at(fake.core.abi, macros, MGM_F_NAGIOS_MACROS_ARGV);

	for (int i = 0; i < 4; i++) {
		free(argv[i]);
		argv[i] = NULL;
	}
	fake.macros_open--;
	return 0;
}

void fake_wire_macros(struct mgm_core *core)
{
	core->find_contact = find_contact;
	core->find_command = find_command;
	core->contact_list = &first_contact;
	core->grab_host_macros_r = grab_host;
	core->grab_service_macros_r = grab_service;
	core->grab_contact_macros_r = grab_contact;
	core->get_raw_command_line_r = raw_line;
	core->process_macros_r = process;
	core->clear_volatile_macros_r = clear;
}

void fake_drop_macros(void)
{
	while (contact_count > 0)
		free(contacts[--contact_count]);
	while (command_count > 0)
		free(commands[--command_count]);
	first_contact = NULL;
}

void *fake_notification_event(void *object, bool service, void *contact, const char *command, int reason)
{
	static max_align_t event[32];
	static char name[128];
	const struct mgm_abi *abi = fake.core.abi;
	char *args = NULL;

#define FIELD(name) MGM_F_NEBSTRUCT_CONTACT_NOTIFICATION_METHOD_DATA_##name
	memset(event, 0, sizeof(event));
	mgm_set_i32(abi, event, FIELD(TYPE), mgm_constant(abi, MGM_C_NEBTYPE_CONTACTNOTIFICATIONMETHOD_START, 0));
	mgm_set_i32(abi, event, FIELD(REASON_TYPE), reason);
	mgm_set_ptr(abi, event, FIELD(OBJECT_PTR), object);
	mgm_set_timeval(abi, event, FIELD(START_TIME), (struct timeval){ 1795246938, 972068 });
	if (command != NULL) {
		snprintf(name, sizeof(name), "%s", command);
		args = strchr(name, '!');
		if (args != NULL)
			*args++ = '\0';
		mgm_set_cstr(abi, event, FIELD(COMMAND_NAME), name);
		mgm_set_cstr(abi, event, FIELD(COMMAND_ARGS), args);
	}
	mgm_set_ptr(abi, event, FIELD(CONTACT_PTR), contact);
	if (contact != NULL)
		mgm_set_cstr(abi, event, FIELD(CONTACT_NAME), mgm_get_cstr(abi, contact, MGM_F_CONTACT_NAME));
	if (object == NULL)
		return event;
	mgm_set_cstr(abi, event, FIELD(HOST_NAME),
	             mgm_get_cstr(abi, object, service ? MGM_F_SERVICE_HOST_NAME : MGM_F_HOST_NAME));
	mgm_set_cstr(abi, event, FIELD(OUTPUT),
	             mgm_get_cstr(abi, object, service ? MGM_F_SERVICE_PLUGIN_OUTPUT : MGM_F_HOST_PLUGIN_OUTPUT));
	if (service)
		mgm_set_cstr(abi, event, FIELD(SERVICE_DESCRIPTION), mgm_get_cstr(abi, object, MGM_F_SERVICE_DESCRIPTION));
#undef FIELD
	return event;
}
