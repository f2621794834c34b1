/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the probe module and the test program call in each other. */
#ifndef PROBE_H
#define PROBE_H

extern int __neb_api_version;
int nebmodule_init(int flags, char *args, void *handle);
int nebmodule_deinit(int flags, int reason);

/** Event callback inside the module; the test registers it by the address dlsym() gives. */
int probe_callback(int type, void *event);

/* In the test program. */
void probe_mapped(int change);
int probe_init(int flags, const char *args, void *handle);
void probe_deinit(int flags, int reason);
int probe_event(int type, void *event);

#endif
