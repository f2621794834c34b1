/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The macro area of modules and checks: grabbing objects, expanding text, commands with arguments, clearing. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exports.h"
#include "layout.h"
#include "macro_values.h"

/* Slots that stay through a whole run of a real core; everything else in x[] belongs to one use. */
static const unsigned char constant_slots[] = { 24, 25, 62, 63,  66,  67,  68,  69,  70,  71,
	                                            72, 73, 96, 101, 119, 120, 121, 122, 123, 142 };

static void clear_strings(char **strings, int count, bool keep_constants)
{
	for (int i = 0; i < count; i++) {
		if (keep_constants && memchr(constant_slots, i, sizeof(constant_slots)) != NULL)
			continue;
		free(strings[i]);
		strings[i] = NULL;
	}
}

static void clear_arguments(void *macros)
{
	clear_strings(mgm_at(tc_abi(), macros, MGM_F_NAGIOS_MACROS_ARGV), tc_const(MGM_C_MAX_COMMAND_ARGUMENTS), false);
}

static void *first_group(const struct tc_kind *kind, const void *object)
{
	const void *list = tc_ptr(object, kind->groups);

	return list == NULL ? NULL : tc_ptr(list, MGM_F_OBJECTLIST_OBJECT_PTR);
}

int grab_host_macros_r(void *macros, void *host)
{
	tc_set_ptr(macros, MGM_F_NAGIOS_MACROS_HOST_PTR, host);
	tc_set_ptr(macros, MGM_F_NAGIOS_MACROS_HOSTGROUP_PTR, NULL);
	if (host == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	tc_set_ptr(macros, MGM_F_NAGIOS_MACROS_HOSTGROUP_PTR, first_group(&tc_host_kind, host));
	return tc_const(MGM_C_NEB_OK);
}

int grab_service_macros_r(void *macros, void *service)
{
	if (service != NULL)
		grab_host_macros_r(macros, tc_ptr(service, MGM_F_SERVICE_HOST_PTR));
	tc_set_ptr(macros, MGM_F_NAGIOS_MACROS_SERVICE_PTR, service);
	tc_set_ptr(macros, MGM_F_NAGIOS_MACROS_SERVICEGROUP_PTR, NULL);
	if (service == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	tc_set_ptr(macros, MGM_F_NAGIOS_MACROS_SERVICEGROUP_PTR, first_group(&tc_service_kind, service));
	return tc_const(MGM_C_NEB_OK);
}

int grab_contact_macros_r(void *macros, void *contact)
{
	tc_set_ptr(macros, MGM_F_NAGIOS_MACROS_CONTACT_PTR, contact);
	return tc_const(contact == NULL ? MGM_C_NEB_ERROR : MGM_C_NEB_OK);
}

int clear_volatile_macros_r(void *macros)
{
	static const enum mgm_field pointers[] = { MGM_F_NAGIOS_MACROS_HOST_PTR, MGM_F_NAGIOS_MACROS_HOSTGROUP_PTR,
		                                       MGM_F_NAGIOS_MACROS_SERVICE_PTR, MGM_F_NAGIOS_MACROS_SERVICEGROUP_PTR,
		                                       MGM_F_NAGIOS_MACROS_CONTACT_PTR };

	clear_strings(mgm_at(tc_abi(), macros, MGM_F_NAGIOS_MACROS_X), tc_const(MGM_C_MACRO_X_COUNT), true);
	clear_arguments(macros);
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
		tc_set_ptr(macros, pointers[i], NULL);
	return tc_const(MGM_C_NEB_OK);
}

/* Without control characters and DEL, the only ones a core forbids by default. */
static void put_cleaned(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text >= 32 && *text != 127)
			fputc(*text, out);
	}
}

/* One macro name between dollar signs. An unknown one stays as it is, with its closing dollar if there was one. */
static void put_macro(FILE *out, void *macros, const char *name, bool closed, int options)
{
	char *text = NULL;
	int cleaning = options & (tc_const(MGM_C_STRIP_ILLEGAL_MACRO_CHARS) | tc_const(MGM_C_ESCAPE_MACRO_CHARS));
	struct tc_macro_value value;

	if (*name == '\0') {
		fputc('$', out);
		return;
	}
	if (!tc_macro_value(macros, name, &value))
		fprintf(out, "$%s%s", name, closed ? "$" : "");
	else if (value.macros && value.text != NULL) {
		process_macros_r(macros, value.text, &text, 0);
		free(value.text);
		value.text = text;
	}
	if (value.text != NULL && value.cleanable && (cleaning & tc_const(MGM_C_STRIP_ILLEGAL_MACRO_CHARS)))
		put_cleaned(out, value.text);
	else if (value.text != NULL)
		fputs(value.text, out);
	free(value.text);
}

int process_macros_r(void *macros, const char *input, char **output, int options)
{
	char *copy, *at;
	size_t size;
	FILE *out;
	bool in_macro = false;

	if (input == NULL || output == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	*output = NULL;
	out = open_memstream(output, &size);
	if (out == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	copy = tc_strdup(input);
	for (at = copy; at != NULL; in_macro = !in_macro) {
		char *dollar = strchr(at, '$');

		if (dollar != NULL)
			*dollar = '\0';
		if (in_macro)
			put_macro(out, macros, at, dollar != NULL, options);
		else
			fputs(at, out);
		at = dollar == NULL ? NULL : dollar + 1;
	}
	free(copy);
	fclose(out);
	return tc_const(MGM_C_NEB_OK);
}

/* Copy one argument up to an unescaped `!` into `to`. @return where the next one starts, NULL at the end */
static const char *next_argument(const char *from, char *to)
{
	for (; *from != '\0' && *from != '!'; from++) {
		if (from[0] == '\\' && from[1] == '!')
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return *from == '!' ? from + 1 : NULL;
}

int get_raw_command_line_r(void *macros, void *command, const char *text, char **line, int options)
{
	char **argv = mgm_at(tc_abi(), macros, MGM_F_NAGIOS_MACROS_ARGV);
	const char *template, *at;
	char *argument;

	clear_arguments(macros);
	if (command == NULL || line == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	template = tc_str(command, MGM_F_COMMAND_COMMAND_LINE);
	*line = tc_strdup(template == NULL ? "" : template);
	if (text == NULL)
		return tc_const(MGM_C_NEB_OK);
	at = strchr(text, '!');
	argument = tc_strdup(text);
	for (int i = 0; at != NULL && i < tc_const(MGM_C_MAX_COMMAND_ARGUMENTS); i++) {
		at = next_argument(at + (i == 0), argument);
		process_macros_r(macros, argument, &argv[i], options);
	}
	free(argument);
	return tc_const(MGM_C_NEB_OK);
}
