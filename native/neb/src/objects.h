/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What the shim remembers about each host and service of the core, keyed by the object's address. Addresses are
 * stable until a reload. Pure.
 */
#ifndef MGM_OBJECTS_H
#define MGM_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Result of the group part of the queue choice. */
enum mgm_group_hit { MGM_GROUP_UNKNOWN, MGM_GROUP_NONE, MGM_GROUP_LOCAL, MGM_GROUP_QUEUE };

struct mgm_object {
	const void *key;
	const char *queue;       /* for MGM_GROUP_QUEUE; owned by the settings */
	uint32_t generation;     /* `hit` counts only if it is that of the settings */
	uint8_t hit;             /* enum mgm_group_hit */
	bool ours;               /* its running check was taken by us and is not answered */
};

struct mgm_objects {
	struct mgm_object *slot;
	size_t capacity;         /* power of two, or 0 */
	size_t count;
};

/**
 * @return the entry, made if there was none; valid until the next call. NULL without memory
 */
struct mgm_object *mgm_objects_get(struct mgm_objects *objects, const void *key);
/** @return the entry, or NULL */
struct mgm_object *mgm_objects_find(const struct mgm_objects *objects, const void *key);
/** Forget everything. */
void mgm_objects_free(struct mgm_objects *objects);

#endif
