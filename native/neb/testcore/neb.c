/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Callback lists: sorted by priority, first come first served; OVERRIDE or CANCEL ends a chain. */
#include "neb.h"

#include <stdlib.h>

#include "exports.h"
#include "layout.h"

/** Error numbers of the real core; modules compare with NEB_OK only. */
enum { NO_CALLBACK_FUNCTION = 200, BAD_HANDLE = 203, BAD_CALLBACK_TYPE = 204, CALLBACK_NOT_FOUND = 205 };

#define CALLBACK_TYPES 27

struct callback {
	int (*function)(int, void *);
	int priority;
	struct callback *next;
};

static struct callback *lists[CALLBACK_TYPES];
static const void *module_handle;

void tc_neb_set_handle(const void *handle)
{
	module_handle = handle;
}

bool tc_neb_is_handle(const void *handle)
{
	return handle != NULL && handle == module_handle;
}

int neb_register_callback(int type, void *handle, int priority, int (*function)(int, void *))
{
	struct callback **at, *fresh;

	if (function == NULL)
		return NO_CALLBACK_FUNCTION;
	if (!tc_neb_is_handle(handle))
		return BAD_HANDLE;
	/* The real core would write outside of its list here; a module that does this must fail its test. */
	if (type < 0 || type >= CALLBACK_TYPES)
		return BAD_CALLBACK_TYPE;
	fresh = calloc(1, sizeof(*fresh));
	if (fresh == NULL)
		return tc_const(MGM_C_NEB_ERROR);
	fresh->function = function;
	fresh->priority = priority;
	for (at = &lists[type]; *at != NULL && (*at)->priority <= priority;)
		at = &(*at)->next;
	fresh->next = *at;
	*at = fresh;
	return tc_const(MGM_C_NEB_OK);
}

int neb_deregister_callback(int type, void *callback)
{
	if (type < 0 || type >= CALLBACK_TYPES)
		return BAD_CALLBACK_TYPE;
	for (struct callback **at = &lists[type]; *at != NULL; at = &(*at)->next) {
		struct callback *found = *at;

		if (*(void **)&found->function != callback)
			continue;
		*at = found->next;
		free(found);
		return tc_const(MGM_C_NEB_OK);
	}
	return CALLBACK_NOT_FOUND;
}

void tc_neb_clear_callbacks(void)
{
	for (int type = 0; type < CALLBACK_TYPES; type++) {
		while (lists[type] != NULL) {
			struct callback *first = lists[type];

			lists[type] = first->next;
			free(first);
		}
	}
}

int neb_make_callbacks(int type, void *data)
{
	int result = 0;

	if (type < 0 || type >= CALLBACK_TYPES)
		return tc_const(MGM_C_NEB_ERROR);
	for (struct callback *at = lists[type], *next; at != NULL; at = next) {
		next = at->next;
		result = at->function(type, data);
		if (result == tc_const(MGM_C_NEBERROR_CALLBACKCANCEL) || result == tc_const(MGM_C_NEBERROR_CALLBACKOVERRIDE))
			break;
	}
	return result;
}
