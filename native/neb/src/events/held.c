/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "held.h"

#include <string.h>

#include "wire/pages.h"

#define BYTES (MGM_HELD_MAX * sizeof(uintptr_t))
/* Low bits of an address: objects of a core are aligned. */
#define SERVICE ((uintptr_t)1)
#define FORCED ((uintptr_t)2)

void mgm_held_add(struct mgm_held *held, struct mgm_held_check check, int64_t now_ms)
{
	if (held->entry == NULL) {
		held->entry = mgm_pages_new(BYTES);
		if (held->entry == NULL)
			return;
		held->since_ms = now_ms;
	}
	if (held->count == MGM_HELD_MAX) {
		mgm_held_take(held);
		held->forgotten++;
	}
	held->entry[(held->first + held->count) % MGM_HELD_MAX] =
		(uintptr_t)check.object | (check.is_service ? SERVICE : 0) | (check.is_forced ? FORCED : 0);
	held->count++;
}

struct mgm_held_check mgm_held_take(struct mgm_held *held)
{
	uintptr_t entry = held->entry[held->first];

	held->first = (held->first + 1) % MGM_HELD_MAX;
	held->count--;
	return (struct mgm_held_check){ (void *)(entry & ~(SERVICE | FORCED)), (entry & SERVICE) != 0,
		                            (entry & FORCED) != 0 };
}

void mgm_held_free(struct mgm_held *held)
{
	if (held->entry != NULL)
		mgm_pages_free(held->entry, BYTES);
	memset(held, 0, sizeof(*held));
}
