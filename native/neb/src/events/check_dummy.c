/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check_dummy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "/check_dummy"
/* In a text that is not in single quotes they mean something to a shell. */
#define SHELL_CHARACTERS "$&();<>`\"'|"
#define UNKNOWN 3

/* Cut off the first part of `*rest` that is free of `separators`; they are skipped in front of it. NULL: none left. */
static char *next_part(char **rest, const char *separators)
{
	char *part = *rest + strspn(*rest, separators), *end;

	if (*part == '\0')
		return NULL;
	end = part + strcspn(part, separators);
	*rest = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return part;
}

/* The part up to the next quote of the same kind; the quote at the start has been seen. */
static char *unquoted(char *text, const char *quote)
{
	char *rest = text + 1, *part = next_part(&rest, quote);

	return part != NULL ? part : "";
}

static char *state_word(char **rest)
{
	char *word = next_part(rest, " ");

	if (word == NULL)
		return "";
	return *word == '"' ? unquoted(word, "\"") : *word == '\'' ? unquoted(word, "'") : word;
}

/* NULL: a shell has to look at it. */
static const char *text_of(char *rest)
{
	char *text = rest, *word;

	if (*text == '\'')
		return unquoted(text, "'");
	if (*text == '"') {
		text = unquoted(text, "\"");
	} else {
		word = next_part(&rest, " \t");
		text = word != NULL ? word : text;
	}
	return strpbrk(text, SHELL_CHARACTERS) == NULL ? text : NULL;
}

static int answer(const char *state, const char *text, char **output)
{
	static const char *const names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	long number = strtol(state, NULL, 10);

	if (strcmp(state, "-V") == 0 || strcmp(state, "--version") == 0)
		return asprintf(output, "internal mod-gearman check_dummy, v%s\n", MGM_VERSION) < 0 ? -1 : UNKNOWN;
	if (state[strspn(state, "0123456789 ")] != '\0') {
		*output = strdup("usage: check_dummy <state> <output>\nsee check_dummy --help for complete help.");
		return *output == NULL ? -1 : UNKNOWN;
	}
	if (number > UNKNOWN)
		return asprintf(output, "UNKNOWN: Status %s is not a supported error state", state) < 0 ? -1 : UNKNOWN;
	return asprintf(output, "%s: %s\n", names[number], text) < 0 ? -1 : (int)number;
}

bool mgm_check_dummy(const char *command_line, struct mgm_check_dummy *dummy)
{
	char *copy, *rest, *program, *state;
	const char *text = NULL;

	if (strstr(command_line, NAME) == NULL)
		return false;
	rest = copy = strdup(command_line);
	if (copy == NULL)
		return false;
	program = next_part(&rest, " ");
	if (program != NULL && strstr(program, NAME) != NULL) {
		state = state_word(&rest);
		text = text_of(rest);
		dummy->return_code = text != NULL ? answer(state, text, &dummy->output) : -1;
	}
	free(copy);
	return text != NULL && dummy->return_code >= 0;
}
