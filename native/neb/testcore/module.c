/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Loading of the module, step by step as Naemon does it: dlopen, API number, init, later deinit and dlclose. */
#include "module.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "exports.h"
#include "layout.h"
#include "neb.h"

#define MODINFO_ITEMS 6

enum { NO_MODULE = 202, MODINFO_BOUNDS = 208, BAD_MODULE_HANDLE = 203 };

static struct {
	void *handle; /* of dlopen() */
	char *path;
	char *args; /* the module may write into it, as into the core's own copy */
	int (*deinit)(int, int);
	char *info[MODINFO_ITEMS];
} module;

int neb_set_module_info(void *handle, int type, const char *text)
{
	if (handle == NULL)
		return NO_MODULE;
	if (type < 0 || type >= MODINFO_ITEMS)
		return MODINFO_BOUNDS;
	if (!tc_neb_is_handle(handle))
		return BAD_MODULE_HANDLE;
	free(module.info[type]);
	module.info[type] = tc_strdup(text);
	return tc_const(MGM_C_NEB_OK);
}

static void forget(void)
{
	if (module.handle != NULL)
		dlclose(module.handle);
	for (int i = 0; i < MODINFO_ITEMS; i++) {
		free(module.info[i]);
		module.info[i] = NULL;
	}
	free(module.path);
	free(module.args);
	module.handle = NULL;
	tc_neb_set_handle(NULL);
	module.path = module.args = NULL;
	module.deinit = NULL;
}

static bool give_up(void)
{
	nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR), "Error: Failed to load module '%s'.", module.path);
	tc_neb_clear_callbacks();
	forget();
	return false;
}

static bool api_fits(void)
{
	const int *version = dlsym(module.handle, "__neb_api_version");

	if (version != NULL && *version == tc_abi()->neb_api)
		return true;
	if (version == NULL)
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR),
		       "Error: Module '%s' did not specify a version of the event "
		       "broker API. Module will be unloaded.",
		       module.path);
	else
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR),
		       "Error: Module '%s' is using an incompatible version (v%d) "
		       "of the event broker API (current version: v%d). Module will be unloaded.",
		       module.path, *version, tc_abi()->neb_api);
	return false;
}

bool tc_module_load(const char *path, const char *args, bool ltdl)
{
	int (*init)(int, char *, void *);
	void *given; /* what the module knows itself by */

	module.path = tc_strdup(path);
	module.args = tc_strdup(args);
	module.handle = dlopen(path, RTLD_NOW);
	if (module.handle == NULL) {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR), "Error: Could not load module '%s' -> %s", path, dlerror());
		return give_up();
	}
	given = ltdl ? &module : module.handle;
	tc_neb_set_handle(given);
	if (!api_fits())
		return give_up();
	*(void **)&init = dlsym(module.handle, "nebmodule_init");
	if (init == NULL) {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR),
		       "Error: Could not locate nebmodule_init() in module '%s'.  "
		       "Module will be unloaded.",
		       path);
		return give_up();
	}
	if (init(0, module.args, given) != 0) {
		nm_log(tc_const(MGM_C_NSLOG_RUNTIME_ERROR),
		       "Error: Function nebmodule_init() in module '%s' returned an "
		       "error.  Module will be unloaded.",
		       path);
		return give_up();
	}
	nm_log(tc_const(MGM_C_NSLOG_INFO_MESSAGE), "Event broker module '%s' initialized successfully.", path);
	*(void **)&module.deinit = dlsym(module.handle, "nebmodule_deinit");
	return true;
}

void tc_module_unload(enum tc_unload_reason reason)
{
	char *path;

	if (module.handle == NULL)
		return;
	if (module.deinit != NULL)
		module.deinit(tc_const(MGM_C_NEBMODULE_FORCE_UNLOAD), (int)reason);
	path = tc_strdup(module.path);
	forget();
	nm_log(tc_const(MGM_C_NSLOG_INFO_MESSAGE), "Event broker module '%s' deinitialized successfully.", path);
	free(path);
}
