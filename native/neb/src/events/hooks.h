/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The callbacks the core calls, in one table. A new kind of event is a new row. */
#ifndef MGM_HOOKS_H
#define MGM_HOOKS_H

#include "module.h"

/** A handler of the shim; the core's own callbacks have no user pointer, module.c adds it. */
typedef int (*mgm_hook_handler)(struct mgm_module *m, void *event);

/** Process events; registered in nebmodule_init. @return NEB_OK or the core's error */
int mgm_hooks_register_process(const struct mgm_core *core, void *handle, mgm_neb_callback callback);
/** All rows of the table, at EVENTLOOPSTART. @return NEB_OK or the first error */
int mgm_hooks_register(const struct mgm_core *core, void *handle, mgm_neb_callback callback);
/** Call the handlers of a callback id until one takes the event. @return its value, or NEB_OK */
int mgm_hooks_call(struct mgm_module *m, int id, void *event);

#endif
