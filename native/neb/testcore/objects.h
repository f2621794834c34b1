/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The configured objects: core structs in lists and arrays, and what this core remembers beside each of them. */
#ifndef TC_OBJECTS_H
#define TC_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "options.h"

/** What a real core keeps in members that the layout table does not list. */
struct tc_extra {
	void *command;       /* the check command */
	char *event_handler; /* `name` of a command, NULL: none */
	void *event_handler_command;
	int32_t last_hard_state;
	bool host_problem_at_last_check;
	int64_t initiated_ns; /* CLOCK_MONOTONIC of the INITIATE that awaits a result, 0: none */
};

/** Build hosts, services, groups, commands and one contact; fills the exported lists, arrays and counters. */
void tc_objects_create(const struct tc_options *options);

/** Free them all and empty the exported lists. */
void tc_objects_free(void);

/** @return what is kept beside this object, NULL for a struct that is no configured object (a stand-in) */
struct tc_extra *tc_extra_of(const struct tc_kind *kind, const void *object);

/** Call `visit` for every object of the kind, in configuration order. */
void tc_objects_each(const struct tc_kind *kind, void (*visit)(const struct tc_kind *, void *, void *), void *arg);

/** @return number of objects of the kind */
size_t tc_objects_count(const struct tc_kind *kind);

/** @return the host that a service belongs to, or the host itself; may be NULL for a stand-in service */
void *tc_host_of(const struct tc_kind *kind, void *object);

#endif
