/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct tc_index_slot {
	const char *first, *second;
	void *object; /* NULL: free */
};

/* FNV-1a over both parts and their terminators. */
static size_t hash(const char *first, const char *second)
{
	uint64_t value = 14695981039346656037u;
	const char *const parts[] = { first, second == NULL ? "" : second };

	for (int part = 0; part < 2; part++) {
		for (const char *at = parts[part];; at++) {
			value = (value ^ (unsigned char)*at) * 1099511628211u;
			if (*at == '\0')
				break;
		}
	}
	return (size_t)value;
}

static bool same(const struct tc_index_slot *slot, const char *first, const char *second)
{
	if ((slot->second == NULL) != (second == NULL) || strcmp(slot->first, first) != 0)
		return false;
	return second == NULL || strcmp(slot->second, second) == 0;
}

void tc_index_init(struct tc_index *index, size_t count)
{
	index->capacity = 16;
	while (index->capacity < count * 2)
		index->capacity *= 2;
	index->slots = calloc(index->capacity, sizeof(*index->slots));
	if (index->slots == NULL)
		abort();
}

void tc_index_add(struct tc_index *index, const char *first, const char *second, void *object)
{
	size_t at = hash(first, second) & (index->capacity - 1);

	while (index->slots[at].object != NULL)
		at = (at + 1) & (index->capacity - 1);
	index->slots[at] = (struct tc_index_slot){ first, second, object };
}

void *tc_index_find(const struct tc_index *index, const char *first, const char *second)
{
	size_t at;

	if (index->capacity == 0 || first == NULL)
		return NULL;
	at = hash(first, second) & (index->capacity - 1);
	while (index->slots[at].object != NULL) {
		if (same(&index->slots[at], first, second))
			return index->slots[at].object;
		at = (at + 1) & (index->capacity - 1);
	}
	return NULL;
}

void tc_index_free(struct tc_index *index)
{
	free(index->slots);
	index->slots = NULL;
	index->capacity = 0;
}
