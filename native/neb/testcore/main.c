/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "core.h"

int main(int argc, char **argv)
{
	struct tc_options options;
	char message[4096];

	switch (tc_options_parse(&options, argc, argv, message, sizeof(message))) {
	case TC_OPTIONS_HELP: fputs(message, stdout); return TC_EXIT_OK;
	case TC_OPTIONS_BAD: fprintf(stderr, "mgm-testcore: %s\nTry --help.\n", message); return TC_EXIT_USAGE;
	default: return tc_core_run(&options);
	}
}
