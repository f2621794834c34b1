/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Lookup of names in the running process, and the decisions that need names only. */
#ifndef MGM_CORE_SYMBOLS_H
#define MGM_CORE_SYMBOLS_H

#include <stdbool.h>

#include "abi.h"
#include "core.h"

/** @return address of an exported name, NULL if nothing exports it */
void *mgm_symbol(const char *name);

/**
 * A function of the core itself: exported, and by the same object as process_check_result. A module that was
 * loaded globally may export the same names.
 *
 * @return its address, NULL if it is missing or belongs to another object
 */
void *mgm_core_function(const char *name);

/** @return whether both names are exported, and by the same object */
bool mgm_same_object(const char *one, const char *two);

/** Drop the error of a failed look-up: the core would take it for one of its own next dlsym() or lt_dlsym(). */
void mgm_symbol_errors_clear(void);

/** Decide the family by names (abi/README.md 3.2). @return false when the names are missing or mixed */
bool mgm_family_by_names(enum mgm_family *family);

/** @return the class that the first fitting name rule gives (abi/README.md 3.3), NULL without one */
const struct mgm_abi *mgm_class_by_names(enum mgm_family family);

/** @return the class that lists the digits X.Y.Z at the start of `version` (3.4), NULL without one */
const struct mgm_abi *mgm_class_by_version(enum mgm_family family, const char *version);

/** Naemon before 1.1 has its own layout, is API 4 and was never measured. */
bool mgm_version_unmeasured(enum mgm_family family, const char *version);

/**
 * Fill the function and variable pointers of `core`.
 *
 * @return NULL, or the first name that is missing
 */
const char *mgm_resolve_core(struct mgm_core *core);

#endif
