/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The hosts and services whose running check was taken by the shim and is not answered, by their addresses, which are stable until
 * a reload. Pure. The table grows and shrinks in small steps: moving a million entries at once would stop the core for a
 * third of a second.
 */
#ifndef MGM_OWNED_H
#define MGM_OWNED_H

#include <stdbool.h>
#include <stddef.h>

/** Zero it to start. */
struct mgm_owned {
	const void **slot;
	size_t capacity;  /* power of two, or 0 */
	size_t count;     /* in both tables, each entry once */
	const void **old; /* the table before, while it is being moved and released, or NULL */
	size_t old_capacity;
	size_t old_moved;    /* its slots before this one have been copied and count no more */
	size_t old_released; /* its bytes before this one have been given back, once all slots are copied */
};

/** Slots of the old table that one call moves; two would be enough to be done before the next growth. */
#define MGM_OWNED_STEP 16u
/** Bytes of the old table that one call gives back to the kernel. */
#define MGM_OWNED_RELEASE 65536u
/** It shrinks to a quarter when it is filled to less than one part in so many. */
#define MGM_OWNED_SPARSE 16u

/** @return false without memory, with nothing added */
bool mgm_owned_add(struct mgm_owned *owned, const void *object);
bool mgm_owned_has(const struct mgm_owned *owned, const void *object);
/** @return whether it was there */
bool mgm_owned_remove(struct mgm_owned *owned, const void *object);
/** Forget everything. */
void mgm_owned_free(struct mgm_owned *owned);

#endif
