/*
 * Stand-in for the broker module of another suite: a core can load it, and its log says so. Registers nothing, so that the
 * core runs all checks itself. Its interface: what the core looks up by name (nebmodules.h, nebcallbacks.h: version 4 and 5).
 */
#include <stddef.h>

extern int logit(int type, int display, const char *format, ...) __attribute__((weak));

__attribute__((visibility("default"))) int __neb_api_version = 4;

__attribute__((visibility("default"))) int nebmodule_init(int flags, char *args, void *handle)
{
	(void)flags;
	(void)handle;
	if (logit != NULL)
		logit(8, 0, "stand-in module loaded: %s", args);
	return 0;
}

__attribute__((visibility("default"))) int nebmodule_deinit(int flags, int reason)
{
	(void)flags;
	(void)reason;
	return 0;
}
