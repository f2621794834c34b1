/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "owned.h"

#include <string.h>

#include "wire/address.h"
#include "wire/pages.h"

#define FIRST_SLOTS 512u
/* In the old table: was removed, others may follow. No object has this address. */
#define REMOVED ((const void *)&removed_mark)

static const char removed_mark;

/* The place of an entry in a table, or the empty one where it belongs. */
static size_t place_of(const void *const *table, size_t capacity, const void *entry)
{
	size_t at = mgm_address_slot(entry, capacity);

	while (table[at] != NULL && table[at] != entry)
		at = (at + 1) & (capacity - 1);
	return at;
}

/* The slot of an entry in either table, or NULL. */
static const void **slot_of(const struct mgm_owned *owned, const void *entry)
{
	size_t at;

	if (owned->capacity == 0)
		return NULL;
	at = place_of(owned->slot, owned->capacity, entry);
	if (owned->slot[at] != NULL)
		return &owned->slot[at];
	if (owned->old_moved == owned->old_capacity)
		return NULL;
	at = place_of(owned->old, owned->old_capacity, entry);
	return at >= owned->old_moved && owned->old[at] != NULL ? &owned->old[at] : NULL;
}

/* The old table stays whole until all of it is copied. */
static void move_some(struct mgm_owned *owned, size_t slots)
{
	for (; owned->old_moved < owned->old_capacity && slots > 0; slots--) {
		const void *entry = owned->old[owned->old_moved++];

		if (entry != NULL && entry != REMOVED)
			owned->slot[place_of(owned->slot, owned->capacity, entry)] = entry;
	}
}

static void free_table(const void **table, size_t capacity, size_t released)
{
	if (table != NULL)
		mgm_pages_free((char *)table + released, capacity * sizeof(*table) - released);
}

static void drop_old(struct mgm_owned *owned)
{
	free_table(owned->old, owned->old_capacity, owned->old_released);
	owned->old = NULL;
	owned->old_capacity = owned->old_moved = owned->old_released = 0;
}

/* To free a table of a million entries takes the kernel milliseconds, so it is given back in parts. */
static void release_some(struct mgm_owned *owned)
{
	if (owned->old_capacity * sizeof(*owned->old) - owned->old_released <= MGM_OWNED_RELEASE) {
		drop_old(owned);
		return;
	}
	mgm_pages_free((char *)owned->old + owned->old_released, MGM_OWNED_RELEASE);
	owned->old_released += MGM_OWNED_RELEASE;
}

/* One step of what is left of the last change of size. */
static void go_on(struct mgm_owned *owned)
{
	if (owned->old_moved < owned->old_capacity)
		move_some(owned, MGM_OWNED_STEP);
	else if (owned->old != NULL)
		release_some(owned);
}

static bool resize(struct mgm_owned *owned, size_t capacity)
{
	const void **other = mgm_pages_new(capacity * sizeof(*other));

	if (other == NULL)
		return false;
	move_some(owned, owned->old_capacity);
	drop_old(owned);
	owned->old = owned->slot;
	owned->old_capacity = owned->capacity;
	owned->slot = other;
	owned->capacity = capacity;
	if (owned->walk > 0)
		mgm_owned_walk_start(owned);
	return true;
}

bool mgm_owned_has(const struct mgm_owned *owned, const void *entry)
{
	return slot_of(owned, entry) != NULL;
}

bool mgm_owned_add(struct mgm_owned *owned, const void *entry)
{
	if (slot_of(owned, entry) != NULL)
		return true;
	/* At most three quarters full, so that a search stays short and always ends. */
	if (owned->count >= owned->capacity / 4 * 3 &&
	    !resize(owned, owned->capacity != 0 ? owned->capacity * 2 : FIRST_SLOTS))
		return false;
	go_on(owned);
	owned->slot[place_of(owned->slot, owned->capacity, entry)] = entry;
	owned->count++;
	return true;
}

/* What follows without a gap moves up, where it belongs there. */
static void close_gap(struct mgm_owned *owned, size_t gap)
{
	size_t mask = owned->capacity - 1;

	for (size_t at = (gap + 1) & mask; owned->slot[at] != NULL; at = (at + 1) & mask) {
		size_t start = mgm_address_slot(owned->slot[at], owned->capacity);

		if (((at - start) & mask) < ((at - gap) & mask))
			continue;
		owned->slot[gap] = owned->slot[at];
		/* From the start of the table to its end, where a walk has been. */
		if (at < owned->walk && gap >= owned->walk)
			owned->walk = gap + 1;
		gap = at;
	}
	owned->slot[gap] = NULL;
}

bool mgm_owned_remove(struct mgm_owned *owned, const void *entry)
{
	const void **slot = slot_of(owned, entry);

	if (slot == NULL)
		return false;
	if (slot >= owned->slot && slot < owned->slot + owned->capacity)
		close_gap(owned, (size_t)(slot - owned->slot));
	else
		*slot = REMOVED;
	owned->count--;
	go_on(owned);
	/* Without memory for a smaller one the large one stays. */
	if (owned->old == NULL && owned->capacity > FIRST_SLOTS && owned->count < owned->capacity / MGM_OWNED_SPARSE)
		resize(owned, owned->capacity / 4 > FIRST_SLOTS ? owned->capacity / 4 : FIRST_SLOTS);
	return true;
}

void mgm_owned_walk_start(struct mgm_owned *owned)
{
	owned->walk = owned->capacity;
}

/* From the end to the start, as entries move to the front when others are removed. */
bool mgm_owned_walk(struct mgm_owned *owned, const void **entry)
{
	*entry = NULL;
	if (owned->old_moved < owned->old_capacity) {
		move_some(owned, MGM_OWNED_LOOK);
		return true;
	}
	for (unsigned int looked = 0; owned->walk > 0 && *entry == NULL && looked < MGM_OWNED_LOOK; looked++)
		*entry = owned->slot[--owned->walk];
	return owned->walk > 0;
}

void mgm_owned_free(struct mgm_owned *owned)
{
	free_table(owned->slot, owned->capacity, 0);
	drop_old(owned);
	memset(owned, 0, sizeof(*owned));
}
