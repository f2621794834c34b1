/* SPDX-License-Identifier: GPL-2.0-or-later */
/** A broker module that passes everything on to the test program that loaded the core. */
#include "probe.h"

#include <stddef.h>

int __neb_api_version = 8;

__attribute__((constructor)) static void mapped(void)
{
	probe_mapped(1);
}

__attribute__((destructor)) static void unmapped(void)
{
	probe_mapped(-1);
}

int nebmodule_init(int flags, char *args, void *handle)
{
	return probe_init(flags, args, handle);
}

int nebmodule_deinit(int flags, int reason)
{
	probe_deinit(flags, reason);
	return 0;
}

int probe_callback(int type, void *event)
{
	return probe_event(type, event);
}
