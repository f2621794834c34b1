/* SPDX-License-Identifier: GPL-2.0-or-later */
/** A folder for the files of one test program, and reading them. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_folder[256];

static inline void scratch_make(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(scratch_folder, sizeof(scratch_folder), "%s/mgm-core-test-XXXXXX", parent != NULL ? parent : "/tmp");
	if (mkdtemp(scratch_folder) == NULL) {
		perror("mkdtemp");
		exit(1);
	}
}

/** Path of a file in the folder; static buffers, four at a time. */
static inline const char *scratch_path(const char *name)
{
	static char paths[4][512];
	static int turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch_folder, name);
	return path;
}

/** Whole file as text, "" if it does not exist; static buffer, the end of longer files is cut. */
static inline const char *scratch_read(const char *path)
{
	static char text[65536];
	FILE *file = fopen(path, "r");
	size_t used = 0;

	if (file != NULL) {
		used = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[used] = '\0';
	return text;
}

/** Path of a built file, e.g. the probe module; static buffer. */
static inline const char *build_path(const char *name)
{
	static char path[512];
	const char *build = getenv("MGM_BUILD");

	snprintf(path, sizeof(path), "./%s/%s", build != NULL ? build : "build", name);
	return path;
}

#endif
