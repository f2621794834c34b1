/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command_line.h"

#include <stdlib.h>

#include "exports.h"

char *tc_command_line(const struct tc_kind *kind, void *object, void *command, const char *text)
{
	int options = tc_const(MGM_C_STRIP_ILLEGAL_MACRO_CHARS) | tc_const(MGM_C_ESCAPE_MACRO_CHARS);
	void *macros = tc_new(MGM_S_NAGIOS_MACROS);
	char *raw = NULL, *line = NULL;

	if (kind->service)
		grab_service_macros_r(macros, object);
	else
		grab_host_macros_r(macros, object);
	get_raw_command_line_r(macros, command, text, &raw, options);
	if (raw != NULL)
		process_macros_r(macros, raw, &line, options);
	clear_volatile_macros_r(macros);
	free(macros);
	free(raw);
	return line;
}
