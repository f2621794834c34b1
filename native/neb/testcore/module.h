/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The life of the one module that this core loads. */
#ifndef TC_MODULE_H
#define TC_MODULE_H

#include <stdbool.h>

/** Reasons given to nebmodule_deinit(). */
enum tc_unload_reason { TC_UNLOAD_SHUTDOWN = 1, TC_UNLOAD_RESTART = 2 };

/**
 * Load the module, check its API number, call nebmodule_init(). Logs what went wrong.
 *
 * @param ltdl only a handle other than that of dlopen() is accepted from it, as in a core linked with libltdl
 */
bool tc_module_load(const char *path, const char *args, bool ltdl);

/** nebmodule_deinit(FORCE_UNLOAD, reason) and dlclose(). Nothing to do without a loaded module. */
void tc_module_unload(enum tc_unload_reason reason);

#endif
