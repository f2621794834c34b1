/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * What the shim remembers about each host and service of the core, keyed by the object's address. Addresses are
 * stable until a reload. Pure. The table grows in small steps: moving a million entries at once would stop the core
 * for a third of a second.
 */
#ifndef MGM_OBJECTS_H
#define MGM_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Result of the group part of the queue choice. */
enum mgm_group_hit { MGM_GROUP_UNKNOWN, MGM_GROUP_NONE, MGM_GROUP_LOCAL, MGM_GROUP_SERVICEGROUP, MGM_GROUP_HOSTGROUP };

struct mgm_object {
	const void *key;
	uint32_t generation; /* `hit` counts only if it is that of the settings */
	uint16_t index;      /* of the group in its list of the settings */
	uint8_t hit;         /* enum mgm_group_hit */
	bool ours;           /* its running check was taken by us and is not answered */
};

struct mgm_objects {
	struct mgm_object *slot;
	size_t capacity;        /* power of two, or 0 */
	size_t count;           /* in both tables, each entry once */
	struct mgm_object *old; /* the table before the last growth while it is being moved and released, or NULL */
	size_t old_capacity;
	size_t old_moved;    /* its slots before this one have been copied */
	size_t old_released; /* its bytes before this one have been given back, once all slots are copied */
};

/** Slots of the old table that one new entry moves; two would be enough to be done before the next growth. */
#define MGM_OBJECTS_STEP 16u
/** Bytes of the old table that one new entry gives back to the kernel. */
#define MGM_OBJECTS_RELEASE 65536u

/**
 * @return the entry, made if there was none; valid until the next call. NULL without memory
 */
struct mgm_object *mgm_objects_get(struct mgm_objects *objects, const void *key);
/** @return the entry, or NULL */
struct mgm_object *mgm_objects_find(const struct mgm_objects *objects, const void *key);
/** Forget everything. */
void mgm_objects_free(struct mgm_objects *objects);

#endif
