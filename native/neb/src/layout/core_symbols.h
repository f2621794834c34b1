/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Lookup of names in the running process, and the decisions that need names only. */
#ifndef MGM_CORE_SYMBOLS_H
#define MGM_CORE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "abi.h"

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

/** Which cores export a name. */
enum mgm_exported_by { MGM_BY_BOTH, MGM_BY_NAEMON, MGM_BY_NAGIOS };

/** One exported name and the pointer that receives its address. */
struct mgm_symbol_row {
	const char *name;
	size_t offset; /* of the pointer in the struct that is filled */
	enum mgm_exported_by by;
	bool variable; /* may live in the executable (copy relocation); a function must be the core's own */
};

#define MGM_FUNCTION_ROW(type, member, by)         \
	{                                              \
#member, offsetof(type, member), by, false \
	}
#define MGM_VARIABLE_ROW(type, member, by)        \
	{                                             \
#member, offsetof(type, member), by, true \
	}

/**
 * Look up the rows of a family.
 *
 * @param[out] target the struct that the offsets belong to; filled up to the first missing name
 * @return NULL, or the first name that is missing
 */
const char *mgm_resolve(const struct mgm_symbol_row *rows, size_t count, enum mgm_family family, void *target);

/**
 * Folder of the file that this module was loaded from, without a slash at its end.
 *
 * @return false if it is not known or does not fit
 */
bool mgm_module_folder(char *out, size_t out_size);

/** Drop the error of a failed look-up: the core would take it for one of its own next dlsym() or lt_dlsym(). */
void mgm_symbol_errors_clear(void);

/** Decide the family by names (abi/README.md 3.2). @return false when the names are missing or mixed */
bool mgm_family_by_names(enum mgm_family *family);

/** @return the class that the first fitting name rule gives (abi/README.md 3.3), NULL without one */
const struct mgm_abi *mgm_class_by_names(enum mgm_family family);

/** @return whether a table lists the digits X.Y.Z at the start of `version` (3.4) */
bool mgm_class_lists(const struct mgm_abi *abi, const char *version);

/** @return the class that lists the digits X.Y.Z at the start of `version` (3.4), NULL without one */
const struct mgm_abi *mgm_class_by_version(enum mgm_family family, const char *version);

/** Naemon before 1.1 has its own layout, is API 4 and was never measured. */
bool mgm_version_unmeasured(enum mgm_family family, const char *version);

#endif
