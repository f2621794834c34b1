/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TC_MACRO_VALUES_H
#define TC_MACRO_VALUES_H

#include <stdbool.h>

/** A value a macro expands to. */
struct tc_macro_value {
	char *text;     /* malloc()ed, NULL: expands to nothing */
	bool macros;    /* text has macros of its own, to be expanded */
	bool cleanable; /* text from outside: control characters go when the caller asks for it */
};

/**
 * Value of a macro without its dollar signs, e.g. `HOSTSTATE`, `ARG1`, `_SERVICEFOO`, `HOSTSTATE:host-01`.
 *
 * @return false when there is no such macro, or nothing it could refer to: it then stays in the text
 */
bool tc_macro_value(void *macros, const char *name, struct tc_macro_value *value);

#endif
