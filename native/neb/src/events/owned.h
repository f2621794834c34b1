/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The hosts and services whose running check was taken by the shim and is not answered, as entries made of their addresses, which are
 * stable until a reload. Pure. The table grows and shrinks in small steps: moving a million entries at once would stop the core for a
 * third of a second.
 */
#ifndef MGM_OWNED_H
#define MGM_OWNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Zero it to start. */
struct mgm_owned {
	const void **slot;
	size_t capacity;  /* power of two, or 0 */
	size_t count;     /* in both tables, each entry once */
	const void **old; /* the table before, while it is being moved and released, or NULL */
	size_t old_capacity;
	size_t old_moved;    /* its slots before this one have been copied and count no more */
	size_t old_released; /* its bytes before this one have been given back, once all slots are copied */
	size_t walk;         /* slots from this one on have been visited; 0: no walk, or its end */
};

/** Slots of the old table that one call moves; two would be enough to be done before the next growth. */
#define MGM_OWNED_STEP 16u
/** Bytes of the old table that one call gives back to the kernel. */
#define MGM_OWNED_RELEASE 65536u
/** Slots that one step of a walk looks at. */
#define MGM_OWNED_LOOK 64u
/** It shrinks to a quarter when it is filled to less than one part in so many. */
#define MGM_OWNED_SPARSE 16u

/** The entry of an object: its address, which is even; one more for a service. */
static inline const void *mgm_owned_entry(const void *object, bool service)
{
	return (const char *)object + (service ? 1 : 0);
}

static inline bool mgm_owned_is_service(const void *entry)
{
	return ((uintptr_t)entry & 1) != 0;
}

static inline const void *mgm_owned_object(const void *entry)
{
	return (const char *)entry - (mgm_owned_is_service(entry) ? 1 : 0);
}

/** @return false without memory, with nothing added */
bool mgm_owned_add(struct mgm_owned *owned, const void *entry);
bool mgm_owned_has(const struct mgm_owned *owned, const void *entry);
/** @return whether it was there */
bool mgm_owned_remove(struct mgm_owned *owned, const void *entry);
/** Begin a walk over all entries, from the front if there is one. */
void mgm_owned_walk_start(struct mgm_owned *owned);
/**
 * A step of it. Between two steps entries may come and go: each one that is there all the time is visited, maybe twice.
 *
 * @param[out] entry NULL: none in this step
 * @return whether the walk goes on
 */
bool mgm_owned_walk(struct mgm_owned *owned, const void **entry);
/** Forget everything. */
void mgm_owned_free(struct mgm_owned *owned);

#endif
