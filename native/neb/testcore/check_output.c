/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"

#define BLANKS " \t\r\n"

void tc_trim_end(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(BLANKS, text[length - 1]) != NULL)
		text[--length] = '\0';
}

static char *trimmed(const char *text, size_t length)
{
	char *copy;

	while (length > 0 && strchr(BLANKS, *text) != NULL) {
		text++;
		length--;
	}
	copy = tc_printf("%.*s", (int)length, text);
	tc_trim_end(copy);
	return copy;
}

static char *escaped(const char *text, size_t length)
{
	char *out = malloc(length * 2 + 1);
	char *at = out;

	if (out == NULL)
		abort();
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n' || text[i] == '\\')
			*at++ = '\\';
		*at++ = text[i] == '\n' ? 'n' : text[i];
	}
	*at = '\0';
	return out;
}

/* The lines after the second `|`, each set off by a blank, behind the perfdata of the first line. */
static void append_perf_lines(char **perf_data, char *lines)
{
	char *save = NULL;

	for (char *line = strtok_r(lines, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		char *longer = tc_printf("%s%s%s", *perf_data == NULL ? "" : *perf_data, *line == ' ' ? "" : " ", line);

		free(*perf_data);
		*perf_data = longer;
	}
}

struct tc_check_output tc_parse_output(const char *text)
{
	struct tc_check_output parts = { NULL, NULL, NULL };
	char *copy, *rest, *bar, *perf = NULL;
	size_t first_line;

	if (text == NULL || *text == '\0')
		return parts;
	while (*text == '\n')
		text++;
	copy = tc_strdup(text);
	first_line = strcspn(copy, "\n");
	rest = copy + first_line + (copy[first_line] == '\n');
	copy[first_line] = '\0';
	bar = strchr(copy, '|');
	parts.short_output = trimmed(copy, bar == NULL ? first_line : (size_t)(bar - copy));
	if (bar != NULL)
		perf = tc_strdup(bar + 1);
	if (*rest != '\0') {
		bar = strchr(rest, '|');
		if (bar == NULL)
			parts.long_output = escaped(rest, strlen(rest));
		else if (bar != rest)
			parts.long_output = escaped(rest, (size_t)(bar - rest));
		if (bar != NULL)
			append_perf_lines(&perf, bar + 1);
	}
	if (perf != NULL && *perf != '\0')
		parts.perf_data = trimmed(perf, strlen(perf));
	free(perf);
	free(copy);
	return parts;
}
