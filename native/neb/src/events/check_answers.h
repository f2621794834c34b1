/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Checks that the shim answers itself: orphans and check_dummy (neb-module.md 2.5, 2.6). */
#ifndef MGM_CHECK_ANSWERS_H
#define MGM_CHECK_ANSWERS_H

#include "module.h"

/**
 * @param service NULL for a host
 * @return whether the result is on its way and no job is needed
 */
bool mgm_check_answers_dummy(struct mgm_module *m, const char *host, const char *service, const char *command_line);
/**
 * A check that was handed over once more after the core gave its former run up: its state says why there was no result.
 *
 * @param check_options of this run; without the mark of an orphan nothing happens
 */
void mgm_check_answers_orphan(struct mgm_module *m, const char *host, const char *service, const char *queue,
                              int check_options);

#endif
