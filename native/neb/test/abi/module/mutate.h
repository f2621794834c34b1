/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Wrong tables made from a right one. */
#ifndef MGM_TEST_MUTATE_H
#define MGM_TEST_MUTATE_H

#include <stdio.h>

#include "layout/core.h"

/** Decides whether a table passes the whole proof in the running core. */
typedef bool (*mutate_accepts)(const struct mgm_abi *abi, char *why, size_t why_size);

/**
 * Apply every mutation to `base` and write one line per accepted one plus a summary of each kind.
 *
 * @param object_count the core's num_objects: a link of a list with fewer than two objects proves nothing
 */
void mutate_all(const struct mgm_abi *base, const void *object_count, mutate_accepts accepts, FILE *report);

#endif
