/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "args.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The same leniency as in a config file line: case of the key and leading dashes do not matter. */
static bool key_is(const char *piece, size_t length, const char *key)
{
	while (length > 0 && *piece == '-') {
		piece++;
		length--;
	}
	return length == strlen(key) && strncasecmp(piece, key, length) == 0;
}

static bool set_text(char **slot, const char *value, size_t length)
{
	char *copy = strndup(value, length);

	if (copy == NULL)
		return false;
	free(*slot);
	*slot = copy;
	return true;
}

static bool take_piece(struct mgm_args *args, const char *piece, size_t length)
{
	const char *equals = memchr(piece, '=', length);
	const char *value;
	size_t key, rest;

	if (equals == NULL || equals + 1 == piece + length)
		return true;
	value = equals + 1;
	key = (size_t)(equals - piece);
	rest = length - key - 1;
	if (key_is(piece, key, "bridge_socket"))
		return set_text(&args->socket, value, rest);
	if (key_is(piece, key, "bridge_command"))
		return set_text(&args->command, value, rest);
	if (key_is(piece, key, "bridge_instance"))
		return set_text(&args->instance, value, rest);
	if (key_is(piece, key, "layout_dir"))
		return set_text(&args->layout_dir, value, rest);
	if (!key_is(piece, key, "bridge_arg"))
		return true;
	if (args->extra_count == MGM_ARGS_MAX) {
		args->extra_dropped = true;
		return true;
	}
	return set_text(&args->extra[args->extra_count++], value, rest);
}

bool mgm_args_parse(struct mgm_args *args, const char *text)
{
	const char *at;

	memset(args, 0, sizeof(*args));
	if (!set_text(&args->instance, "default", 7))
		return false;
	if (text == NULL)
		return true;
	if (!set_text(&args->text, text, strlen(text)))
		return false;
	for (at = args->text; *at != '\0';) {
		size_t length = strcspn(at, " ");

		if (!take_piece(args, at, length))
			return false;
		at += length;
		at += strspn(at, " ");
	}
	return true;
}

void mgm_args_free(struct mgm_args *args)
{
	free(args->text);
	free(args->socket);
	free(args->command);
	free(args->instance);
	free(args->layout_dir);
	for (size_t i = 0; i < args->extra_count; i++)
		free(args->extra[i]);
	memset(args, 0, sizeof(*args));
}
