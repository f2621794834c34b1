/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Layout tables from a folder, so that a new release of a core needs a text file and no release of this module. */
#ifndef MGM_LAYOUT_FILES_H
#define MGM_LAYOUT_FILES_H

#include <stdbool.h>

#include "layout_row.h"

/** Folder beside the module that is looked at when the module line names none. */
#define MGM_LAYOUT_FOLDER "mod_gearman.d"
/** Ending of the files that are read. */
#define MGM_LAYOUT_ENDING ".layout"
/** Most files, in the order of their names; most bytes of each. */
#define MGM_LAYOUT_MAX_FILES 32
#define MGM_LAYOUT_MAX_BYTES 262144

/** Called with one line for each file, or folder, that is not used. */
typedef void (*mgm_layout_complaint)(void *arg, const char *line);

struct mgm_layout_source {
	const char *folder; /* NULL: the one beside the module, which may be absent */
	mgm_layout_complaint complain;
	void *arg;
};

/**
 * Read the files of a folder. Folder and files must belong to root or the user of this process and be writable by
 * their owner only; links are not followed in the last part of a name.
 *
 * @return the tables in the order of the file names, to be freed with mgm_layout_rows_free(); NULL without any
 */
struct mgm_layout_row *mgm_layout_files_read(const struct mgm_layout_source *source);

#endif
