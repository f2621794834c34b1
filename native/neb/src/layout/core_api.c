/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core_symbols.h"

/**
 * The number a core compares with its own before it calls anything of ours; a wrong one ends the core's start.
 * Hence the constructor: it runs inside dlopen(). 4 serves every Nagios and Naemon before 1.1.
 * Needs -Bsymbolic: Nagios loads modules globally and another module exports the same name.
 */
__attribute__((visibility("default"))) extern int __neb_api_version;
int __neb_api_version = 4;

__attribute__((constructor)) static void announce_api_version(void)
{
	const char *(*program_version)(void);
	const struct mgm_abi *row;
	enum mgm_family family;
	void *found;

	if (!mgm_family_by_names(&family) || family != MGM_NAEMON)
		return;
	found = mgm_core_function("get_program_version");
	*(void **)&program_version = found;
	if (found != NULL && mgm_version_unmeasured(family, program_version()))
		return;
	row = mgm_class_by_names(family);
	if (row != NULL)
		__neb_api_version = row->neb_api;
}
