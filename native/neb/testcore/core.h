/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The life of the core, from the command line to the end. */
#ifndef TC_CORE_H
#define TC_CORE_H

#include "options.h"

/** Exit codes of the program. */
enum { TC_EXIT_OK = 0, TC_EXIT_FAILED = 1, TC_EXIT_USAGE = 2 };

/**
 * Run until a signal or the duration ends it; a SIGHUP reloads. Installs handlers for SIGHUP, SIGTERM, SIGINT,
 * SIGQUIT and SIGUSR1 and ignores SIGPIPE.
 *
 * @return TC_EXIT_OK, or TC_EXIT_FAILED when the log, the broker set or the module could not be set up
 */
int tc_core_run(const struct tc_options *options);

#endif
