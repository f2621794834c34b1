/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TC_INDEX_H
#define TC_INDEX_H

#include <stddef.h>

/** Names to objects: open addressing, at most half full. The second part of a name may be NULL. */
struct tc_index {
	struct tc_index_slot *slots;
	size_t capacity; /* a power of two, 0 before tc_index_init() */
};

/** Make capacity for `count` objects. */
void tc_index_init(struct tc_index *index, size_t count);

/** Both name parts are borrowed and must live as long as the index. */
void tc_index_add(struct tc_index *index, const char *first, const char *second, void *object);

/** @return the object, NULL if no object has this name or `first` is NULL */
void *tc_index_find(const struct tc_index *index, const char *first, const char *second);

void tc_index_free(struct tc_index *index);

#endif
