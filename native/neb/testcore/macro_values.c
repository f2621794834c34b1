/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The macros by name: where each value comes from and how it is printed. */
#include "macro_values.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exports.h"
#include "layout.h"

#define PLUGIN_FOLDER "/usr/lib/nagios/plugins"

enum scope { OF_HOST, OF_SERVICE, OF_CONTACT, STORED, PROGRAM };

enum form {
	TEXT,
	OUTSIDE_TEXT,
	NUMBER,
	EPOCH,
	SECONDS,
	PERCENT,
	STATE,
	STATE_TYPE,
	CHECK_TYPE,
	AGE,
	AGE_SECONDS,
	NOTES,
	FIRST_GROUP,
	ALL_GROUPS
};

struct row {
	const char *name;
	enum scope scope;
	enum form form;
	size_t member; /* host and service: place in struct tc_kind; contact: enum mgm_field; stored: enum mgm_const */
};

#define KIND(member) offsetof(struct tc_kind, member)
/* The same macro of both kinds; `before` and `after` surround HOST or SERVICE in its name. */
#define BOTH(before, after, form, member)                      \
	{ before "HOST" after, OF_HOST, form, KIND(member) },      \
	{                                                          \
		before "SERVICE" after, OF_SERVICE, form, KIND(member) \
	}
#define STORE(name)                             \
	{                                           \
#name, STORED, TEXT, MGM_C_MACRO_##name \
	}
#define STORE_OUTSIDE(name)                             \
	{                                                   \
#name, STORED, OUTSIDE_TEXT, MGM_C_MACRO_##name \
	}

/* clang-format off */
static const struct row rows[] = {
	{ "HOSTNAME", OF_HOST, TEXT, KIND(host_name) },
	{ "SERVICEDESC", OF_SERVICE, TEXT, KIND(description) },
	BOTH("", "DISPLAYNAME", TEXT, display_name),
	BOTH("", "STATE", STATE, current_state), BOTH("", "STATEID", NUMBER, current_state),
	BOTH("LAST", "STATE", STATE, last_state), BOTH("LAST", "STATEID", NUMBER, last_state),
	BOTH("", "CHECKTYPE", CHECK_TYPE, check_type), BOTH("", "STATETYPE", STATE_TYPE, state_type),
	BOTH("", "OUTPUT", OUTSIDE_TEXT, plugin_output), BOTH("LONG", "OUTPUT", OUTSIDE_TEXT, long_plugin_output),
	BOTH("", "PERFDATA", OUTSIDE_TEXT, perf_data), BOTH("", "CHECKCOMMAND", OUTSIDE_TEXT, check_command),
	BOTH("", "ATTEMPT", NUMBER, current_attempt), BOTH("MAX", "ATTEMPTS", NUMBER, max_attempts),
	BOTH("", "DOWNTIME", NUMBER, downtime_depth), BOTH("", "PERCENTCHANGE", PERCENT, percent_state_change),
	BOTH("", "DURATION", AGE, last_state_change), BOTH("", "DURATIONSEC", AGE_SECONDS, last_state_change),
	BOTH("", "EXECUTIONTIME", SECONDS, execution_time), BOTH("", "LATENCY", SECONDS, latency),
	BOTH("LAST", "CHECK", EPOCH, last_check), BOTH("LAST", "STATECHANGE", EPOCH, last_state_change),
	BOTH("", "NOTIFICATIONNUMBER", NUMBER, notification_number),
	BOTH("", "NOTIFICATIONID", TEXT, notification_id), BOTH("", "NOTES", NOTES, notes),
	BOTH("", "GROUPNAME", FIRST_GROUP, groups), BOTH("", "GROUPNAMES", ALL_GROUPS, groups),
	{ "CONTACTNAME", OF_CONTACT, TEXT, MGM_F_CONTACT_NAME },
	{ "CONTACTALIAS", OF_CONTACT, TEXT, MGM_F_CONTACT_ALIAS },
	{ "CONTACTEMAIL", OF_CONTACT, TEXT, MGM_F_CONTACT_EMAIL },
	STORE(NOTIFICATIONTYPE), STORE(NOTIFICATIONNUMBER), STORE(NOTIFICATIONRECIPIENTS),
	STORE(NOTIFICATIONISESCALATED), STORE(NOTIFICATIONAUTHOR), STORE(NOTIFICATIONAUTHORNAME),
	STORE(NOTIFICATIONAUTHORALIAS), STORE(NOTIFICATIONCOMMENT),
	STORE_OUTSIDE(HOSTACKAUTHOR), STORE(HOSTACKAUTHORNAME), STORE(HOSTACKAUTHORALIAS),
	STORE_OUTSIDE(HOSTACKCOMMENT), STORE_OUTSIDE(SERVICEACKAUTHOR), STORE(SERVICEACKAUTHORNAME),
	STORE(SERVICEACKAUTHORALIAS), STORE_OUTSIDE(SERVICEACKCOMMENT),
	{ "TIMET", PROGRAM, EPOCH, 0 }, { "PROCESSSTARTTIME", PROGRAM, EPOCH, 1 },
	{ "EVENTSTARTTIME", PROGRAM, EPOCH, 2 },
};
/* clang-format on */

static char *group_names(const struct tc_kind *kind, const void *object, bool only_first)
{
	enum mgm_field name = kind->service ? MGM_F_SERVICEGROUP_GROUP_NAME : MGM_F_HOSTGROUP_GROUP_NAME;
	char *names = NULL;

	for (const void *at = tc_ptr(object, kind->groups); at != NULL; at = tc_ptr(at, MGM_F_OBJECTLIST_NEXT)) {
		const void *group = tc_ptr(at, MGM_F_OBJECTLIST_OBJECT_PTR);
		char *longer;

		if (group == NULL)
			continue;
		longer = tc_printf("%s%s%s", names == NULL ? "" : names, names == NULL ? "" : ",", tc_str(group, name));
		free(names);
		names = longer;
		if (only_first)
			break;
	}
	return names;
}

static char *age_text(int64_t since, bool seconds_only)
{
	unsigned long age = (unsigned long)(time(NULL) - since);

	if (seconds_only)
		return tc_printf("%lu", age);
	return tc_printf("%lud %luh %lum %lus", age / 86400, age / 3600 % 24, age / 60 % 60, age % 60);
}

static char *object_value(const struct row *row, const struct tc_kind *kind, const void *object)
{
	enum mgm_field field = *(const enum mgm_field *)(const void *)((const char *)kind + row->member);

	switch (row->form) {
	case NUMBER: return tc_printf("%d", tc_i32(object, field));
	case EPOCH: return tc_printf("%lld", (long long)tc_i64(object, field));
	case SECONDS: return tc_printf("%.3f", tc_f64(object, field));
	case PERCENT: return tc_printf("%.2f", tc_f64(object, field));
	case STATE: return tc_strdup((kind->service ? service_state_name : host_state_name)(tc_i32(object, field)));
	case STATE_TYPE: return tc_strdup(tc_i32(object, field) == tc_const(MGM_C_HARD_STATE) ? "HARD" : "SOFT");
	case CHECK_TYPE:
		return tc_strdup(tc_i32(object, field) == tc_const(MGM_C_CHECK_TYPE_PASSIVE) ? "PASSIVE" : "ACTIVE");
	case AGE:
	case AGE_SECONDS: return age_text(tc_i64(object, field), row->form == AGE_SECONDS);
	case FIRST_GROUP:
	case ALL_GROUPS: return group_names(kind, object, row->form == FIRST_GROUP);
	default: return tc_strdup(tc_str(object, field));
	}
}

static const void *referred_object(void *macros, const struct row *row, char *argument)
{
	char *second = argument == NULL ? NULL : strchr(argument, ':');

	if (second != NULL)
		*second++ = '\0';
	if (row->scope == OF_HOST)
		return argument != NULL ? find_host(argument) : tc_ptr(macros, MGM_F_NAGIOS_MACROS_HOST_PTR);
	if (row->scope == OF_SERVICE)
		return argument != NULL ? find_service(argument, second) : tc_ptr(macros, MGM_F_NAGIOS_MACROS_SERVICE_PTR);
	return argument != NULL ? find_contact(argument) : tc_ptr(macros, MGM_F_NAGIOS_MACROS_CONTACT_PTR);
}

static bool row_value(void *macros, const struct row *row, char *argument, char **text)
{
	char **stored = mgm_at(tc_abi(), macros, MGM_F_NAGIOS_MACROS_X);
	int64_t times[] = { time(NULL), program_start, event_start };
	const void *object;

	if (row->scope == STORED) {
		*text = tc_strdup(stored[tc_const((enum mgm_const)row->member)]);
		return true;
	}
	if (row->scope == PROGRAM) {
		*text = tc_printf("%lld", (long long)times[row->member]);
		return true;
	}
	object = referred_object(macros, row, argument);
	if (object == NULL)
		return false;
	if (row->scope == OF_CONTACT)
		*text = tc_strdup(tc_str(object, (enum mgm_field)row->member));
	else
		*text = object_value(row, row->scope == OF_HOST ? &tc_host_kind : &tc_service_kind, object);
	return true;
}

static bool custom_value(void *macros, const char *name, char **text)
{
	bool service = strncmp(name, "_SERVICE", 8) == 0;
	const struct tc_kind *kind = service ? &tc_service_kind : &tc_host_kind;
	const void *object = tc_ptr(macros, service ? MGM_F_NAGIOS_MACROS_SERVICE_PTR : MGM_F_NAGIOS_MACROS_HOST_PTR);

	if (object == NULL || (!service && strncmp(name, "_HOST", 5) != 0))
		return false;
	name += service ? 8 : 5;
	for (const void *at = tc_ptr(object, kind->custom_variables); at != NULL;
	     at = tc_ptr(at, MGM_F_CUSTOMVARIABLESMEMBER_NEXT)) {
		if (strcmp(tc_str(at, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_NAME), name) == 0) {
			*text = tc_strdup(tc_str(at, MGM_F_CUSTOMVARIABLESMEMBER_VARIABLE_VALUE));
			return true;
		}
	}
	return false;
}

/* ARGn from the macro area; USER1 is where Debian keeps plugins, the other USERn are empty. */
static bool numbered_value(void *macros, const char *name, char **text)
{
	bool user = strncmp(name, "USER", 4) == 0;
	char **argv = mgm_at(tc_abi(), macros, MGM_F_NAGIOS_MACROS_ARGV);
	long number = strtol(name + (user ? 4 : 3), NULL, 10);

	if (number < 1 || number > (user ? 256 : tc_const(MGM_C_MAX_COMMAND_ARGUMENTS)))
		return false;
	if (user)
		*text = tc_strdup(number == 1 ? PLUGIN_FOLDER : NULL);
	else
		*text = tc_strdup(argv[number - 1]);
	return true;
}

bool tc_macro_value(void *macros, const char *name, struct tc_macro_value *value)
{
	char *copy, *argument;
	bool known = false;

	value->text = NULL;
	value->macros = false;
	value->cleanable = false;
	if (strncmp(name, "ARG", 3) == 0 || strncmp(name, "USER", 4) == 0)
		return numbered_value(macros, name, &value->text);
	if (name[0] == '_')
		return custom_value(macros, name, &value->text);
	/* The two members that only hosts have. */
	if (strcmp(name, "HOSTALIAS") == 0 || strcmp(name, "HOSTADDRESS") == 0) {
		const void *host = tc_ptr(macros, MGM_F_NAGIOS_MACROS_HOST_PTR);

		if (host != NULL)
			value->text = tc_strdup(tc_str(host, name[5] == 'L' ? MGM_F_HOST_ALIAS : MGM_F_HOST_ADDRESS));
		return host != NULL;
	}
	copy = tc_strdup(name);
	argument = strchr(copy, ':');
	if (argument != NULL)
		*argument++ = '\0';
	for (size_t i = 0; !known && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, copy) != 0)
			continue;
		value->macros = rows[i].form == NOTES;
		value->cleanable = rows[i].form == OUTSIDE_TEXT || rows[i].form == NOTES;
		known = row_value(macros, &rows[i], argument, &value->text);
		break;
	}
	free(copy);
	return known;
}
