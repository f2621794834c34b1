/* SPDX-License-Identifier: GPL-2.0-or-later */
/** One check, from the question to the modules to the child process that runs it. */
#ifndef TC_CHECKS_H
#define TC_CHECKS_H

#include "layout.h"

/**
 * Run one check now: ask the modules, run it here if they do not take it.
 *
 * @return NEB_OK, or NEB_ERROR when it was cancelled or could not be run
 */
int tc_check_run(const struct tc_kind *kind, void *object, int options, double latency);

#endif
