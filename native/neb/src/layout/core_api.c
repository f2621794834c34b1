/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core_symbols.h"
#include "layout_files.h"

/**
 * The number a core compares with its own before it calls anything of ours; a wrong one ends the core's start.
 * Hence the constructor: it runs inside dlopen(). 4 serves every Nagios and Naemon before 1.1.
 * Needs -Bsymbolic: Nagios loads modules globally and another module exports the same name.
 */
__attribute__((visibility("default"))) extern int __neb_api_version;
int __neb_api_version = 4;

/* What is wrong with a file is logged when the module is initialised. */
static void stay_silent(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

/* A release that no built-in class lists: its file knows the number. @return 0 without one */
static int api_by_files(enum mgm_family family, const char *version)
{
	static const struct mgm_layout_source beside = { .complain = stay_silent };
	struct mgm_layout_row *files = mgm_layout_files_read(&beside);
	int number = 0;

	for (const struct mgm_layout_row *row = files; row != NULL && number == 0; row = row->next)
		if (row->abi.core == family && mgm_class_lists(&row->abi, version))
			number = row->abi.neb_api;
	mgm_layout_rows_free(files);
	return number;
}

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
	if (found != NULL && mgm_class_by_version(family, program_version()) == NULL) {
		int number = api_by_files(family, program_version());

		if (number != 0) {
			__neb_api_version = number;
			return;
		}
	}
	row = mgm_class_by_names(family);
	if (row != NULL)
		__neb_api_version = row->neb_api;
}
