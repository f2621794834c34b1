/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Which C library the shim needs: built on Debian 12 it has to load on Debian 10 and Enterprise Linux 7 and 8. */
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* The oldest glibc with a 64-bit ARM, and that of Enterprise Linux 7. */
#define NEWEST_MINOR 17

/* One line of `readelf --dyn-syms`, e.g. `... UND memcpy@GLIBC_2.14 (4)`. @return whether it asks for too much */
static bool too_new(const char *line)
{
	const char *at = strstr(line, "@GLIBC_");

	if (at == NULL || strstr(line, " UND ") == NULL)
		return false;
	/* A newer compiler environment maps strtol() and sscanf() to these; a release is not built there. */
	if (strstr(line, "__isoc23_") != NULL)
		return false;
	return strncmp(at, "@GLIBC_2.", 9) != 0 || strtol(at + 9, NULL, 10) > NEWEST_MINOR;
}

static void test_versions(const char *build)
{
	char command[512], line[512];
	int versioned = 0, bad = 0;
	FILE *symbols;

	snprintf(command, sizeof(command), "readelf --wide --dyn-syms '%s/mod_gearman.so'", build);
	symbols = popen(command, "r");
	while (symbols != NULL && fgets(line, sizeof(line), symbols) != NULL) {
		versioned += strstr(line, "@GLIBC_") != NULL;
		if (too_new(line)) {
			bad++;
			printf("# needs %s", line);
		}
	}
	CHECK(symbols != NULL && pclose(symbols) == 0 && versioned > 20, "the shim's symbols can be read");
	CHECK(bad == 0, "none is newer than glibc 2.%d", NEWEST_MINOR);
}

static void test_judgement(void)
{
	CHECK(too_new("  1: 0000 0 FUNC GLOBAL DEFAULT UND lstat@GLIBC_2.33 (2)\n"), "2.33 is too new");
	CHECK(too_new("  1: 0000 0 FUNC GLOBAL DEFAULT UND x@GLIBC_3.0 (2)\n"), "3.0 is");
	CHECK(!too_new("  1: 0000 0 FUNC GLOBAL DEFAULT UND pipe2@GLIBC_2.9 (2)\n"), "2.9 is not");
	CHECK(!too_new("  1: 0000 0 FUNC GLOBAL DEFAULT UND time@GLIBC_2.2.5 (2)\n"), "2.2.5 is not");
}

int main(void)
{
	const char *build = getenv("MGM_BUILD");

	test_judgement();
	test_versions(build != NULL ? build : "build");
	return tap_done();
}
