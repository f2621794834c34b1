/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Loaded by something that is no core: one readable line, no error, no harm. With cores: test/core. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

/* What was written to stderr while it was away. */
static char written[4096];

static int call_init(int (*init)(int, char *, void *), void *handle)
{
	FILE *file = tmpfile();
	int kept = dup(2), rc;
	size_t size;

	dup2(fileno(file), 2);
	rc = init(0, NULL, handle);
	dup2(kept, 2);
	close(kept);
	rewind(file);
	size = fread(written, 1, sizeof(written) - 1, file);
	written[size] = '\0';
	fclose(file);
	return rc;
}

int main(void)
{
	const char *build = getenv("MGM_BUILD");
	union {
		void *data;
		int (*function)(int, char *, void *);
	} init;
	union {
		void *data;
		int (*function)(int, int);
	} deinit;
	char path[256];
	void *handle;

	snprintf(path, sizeof(path), "%s/san/mod_gearman.so", build != NULL ? build : "build");
	handle = dlopen(path, RTLD_NOW);
	if (!CHECK(handle != NULL, "loads with every symbol resolved"))
		return tap_done();
	init.data = dlsym(handle, "nebmodule_init");
	deinit.data = dlsym(handle, "nebmodule_deinit");
	CHECK(init.data != NULL && deinit.data != NULL && dlsym(handle, "__neb_api_version") != NULL, "the three names");
	CHECK(dlsym(handle, "mgm_link_send") == NULL && dlsym(handle, "mgm_core_find") == NULL, "and no other of ours");
	CHECK(call_init(init.function, handle) == 0, "init never fails");
	CHECK(dlerror() == NULL, "no failed look-up of ours is left in dlerror()");
	CHECK(strstr(written, "mod_gearman: ERROR - ") == written && strchr(written, '\n') == written + strlen(written) - 1,
	      "one line says why nothing is taken over");
	CHECK(deinit.function(1, 1) == 0 && deinit.function(1, 1) == 0, "deinit, also twice");
	dlclose(handle);
	return tap_done();
}
