/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "objects.h"

#include <string.h>

#include "wire/pages.h"

#define FIRST_SLOTS 256u

_Static_assert(sizeof(struct mgm_object) == 16, "there may be millions");

/* Objects come from malloc: the low four bits are always 0. */
static size_t start_of(const void *key, size_t capacity)
{
	uint64_t bits = (uint64_t)(uintptr_t)key >> 4;

	return (size_t)((bits * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (capacity - 1);
}

/* The slot of `key` in a table, or the empty one where it belongs. */
static struct mgm_object *slot_of(struct mgm_object *table, size_t capacity, const void *key)
{
	size_t at = start_of(key, capacity);

	while (table[at].key != NULL && table[at].key != key)
		at = (at + 1) & (capacity - 1);
	return &table[at];
}

/* The old table stays whole until all of it is copied; entries are looked for in the new one first. */
static void move_some(struct mgm_objects *objects, size_t slots)
{
	for (; objects->old_moved < objects->old_capacity && slots > 0; slots--) {
		const struct mgm_object *from = &objects->old[objects->old_moved++];

		if (from->key != NULL)
			*slot_of(objects->slot, objects->capacity, from->key) = *from;
	}
}

static void free_table(struct mgm_object *table, size_t capacity, size_t released)
{
	if (table != NULL)
		mgm_pages_free((char *)table + released, capacity * sizeof(*table) - released);
}

static void drop_old(struct mgm_objects *objects)
{
	free_table(objects->old, objects->old_capacity, objects->old_released);
	objects->old = NULL;
	objects->old_capacity = objects->old_moved = objects->old_released = 0;
}

/* To free a table of a million entries takes the kernel milliseconds, so it is given back in parts. */
static void release_some(struct mgm_objects *objects)
{
	if (objects->old_capacity * sizeof(*objects->old) - objects->old_released <= MGM_OBJECTS_RELEASE) {
		drop_old(objects);
		return;
	}
	mgm_pages_free((char *)objects->old + objects->old_released, MGM_OBJECTS_RELEASE);
	objects->old_released += MGM_OBJECTS_RELEASE;
}

static bool grow(struct mgm_objects *objects)
{
	size_t capacity = objects->capacity != 0 ? objects->capacity * 2 : FIRST_SLOTS;
	struct mgm_object *bigger = mgm_pages_new(capacity * sizeof(*bigger));

	if (bigger == NULL)
		return false;
	move_some(objects, objects->old_capacity);
	drop_old(objects);
	objects->old = objects->slot;
	objects->old_capacity = objects->capacity;
	objects->old_moved = 0;
	objects->slot = bigger;
	objects->capacity = capacity;
	return true;
}

struct mgm_object *mgm_objects_find(const struct mgm_objects *objects, const void *key)
{
	struct mgm_object *found;

	if (objects->capacity == 0)
		return NULL;
	found = slot_of(objects->slot, objects->capacity, key);
	if (found->key == NULL && objects->old_moved < objects->old_capacity)
		found = slot_of(objects->old, objects->old_capacity, key);
	return found->key != NULL ? found : NULL;
}

struct mgm_object *mgm_objects_get(struct mgm_objects *objects, const void *key)
{
	struct mgm_object *found = mgm_objects_find(objects, key);

	if (found != NULL)
		return found;
	/* At most three quarters full, so that a search stays short and always ends. */
	if (objects->count >= objects->capacity / 4 * 3 && !grow(objects))
		return NULL;
	if (objects->old_moved < objects->old_capacity)
		move_some(objects, MGM_OBJECTS_STEP);
	else if (objects->old != NULL)
		release_some(objects);
	found = slot_of(objects->slot, objects->capacity, key);
	found->key = key;
	objects->count++;
	return found;
}

void mgm_objects_free(struct mgm_objects *objects)
{
	free_table(objects->slot, objects->capacity, 0);
	drop_old(objects);
	memset(objects, 0, sizeof(*objects));
}
