/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Commands of check_dummy, answered without running them (neb-module.md 2.6). Pure. */
#ifndef MGM_CHECK_DUMMY_H
#define MGM_CHECK_DUMMY_H

#include <stdbool.h>

struct mgm_check_dummy {
	int return_code;
	char *output; /* to be freed */
};

/**
 * @return false, with nothing to free, for another command, for one that a shell has to expand, and without memory
 */
bool mgm_check_dummy(const char *command_line, struct mgm_check_dummy *answer);

#endif
