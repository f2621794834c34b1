/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "objects.h"

#include <stdlib.h>
#include <string.h>

/* Objects come from malloc: the low four bits say nothing. */
static size_t start_of(const void *key, size_t capacity)
{
	uint64_t bits = (uint64_t)(uintptr_t)key >> 4;

	return (size_t)((bits * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (capacity - 1);
}

/* The slot of `key`, or the empty one where it belongs. */
static struct mgm_object *slot_of(const struct mgm_objects *objects, const void *key)
{
	size_t at = start_of(key, objects->capacity);

	while (objects->slot[at].key != NULL && objects->slot[at].key != key)
		at = (at + 1) & (objects->capacity - 1);
	return &objects->slot[at];
}

static bool grow(struct mgm_objects *objects)
{
	struct mgm_objects bigger = {NULL, objects->capacity != 0 ? objects->capacity * 2 : 256, objects->count};

	bigger.slot = calloc(bigger.capacity, sizeof(*bigger.slot));
	if (bigger.slot == NULL)
		return false;
	for (size_t i = 0; i < objects->capacity; i++)
		if (objects->slot[i].key != NULL)
			*slot_of(&bigger, objects->slot[i].key) = objects->slot[i];
	free(objects->slot);
	*objects = bigger;
	return true;
}

struct mgm_object *mgm_objects_find(const struct mgm_objects *objects, const void *key)
{
	struct mgm_object *found = objects->capacity != 0 ? slot_of(objects, key) : NULL;

	return found != NULL && found->key != NULL ? found : NULL;
}

struct mgm_object *mgm_objects_get(struct mgm_objects *objects, const void *key)
{
	struct mgm_object *found = mgm_objects_find(objects, key);

	if (found != NULL)
		return found;
	/* At most half full, so that a search stays short and always ends. */
	if (objects->count * 2 >= objects->capacity && !grow(objects))
		return NULL;
	found = slot_of(objects, key);
	found->key = key;
	objects->count++;
	return found;
}

void mgm_objects_free(struct mgm_objects *objects)
{
	free(objects->slot);
	memset(objects, 0, sizeof(*objects));
}
