/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Event callbacks of modules. */
#ifndef TC_NEB_H
#define TC_NEB_H

#include <stdbool.h>

/** What the loaded module calls itself, NULL without one. Only it may register. */
void tc_neb_set_handle(const void *handle);

/** @return whether this is the handle of the loaded module; false for NULL */
bool tc_neb_is_handle(const void *handle);

/** Drop every registered callback. */
void tc_neb_clear_callbacks(void);

#endif
