/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dedupe.h"

#include <string.h>

/* Ids are the start of a SHA-256, so any bytes of them are a good hash. */
static uint32_t bucket_of(const uint8_t *id)
{
	return ((uint32_t)id[14] << 8 | id[15]) % MGM_DEDUPE_BUCKETS;
}

bool mgm_dedupe_seen(const struct mgm_dedupe *dedupe, const uint8_t *id, uint32_t since)
{
	uint32_t at = dedupe->bucket[bucket_of(id)];

	for (; at != 0; at = dedupe->next[at - 1])
		if (dedupe->second[at - 1] >= since && memcmp(dedupe->id[at - 1], id, MGM_RESULT_ID_BYTES) == 0)
			return true;
	return false;
}

static void unlink_slot(struct mgm_dedupe *dedupe, uint32_t slot)
{
	uint16_t *link = &dedupe->bucket[bucket_of(dedupe->id[slot])];

	while (*link != 0 && *link != slot + 1)
		link = &dedupe->next[*link - 1];
	if (*link != 0)
		*link = dedupe->next[slot];
}

void mgm_dedupe_add(struct mgm_dedupe *dedupe, const uint8_t *id, uint32_t second)
{
	uint32_t slot = dedupe->oldest;
	uint16_t *bucket = &dedupe->bucket[bucket_of(id)];

	if (dedupe->used == MGM_DEDUPE_IDS)
		unlink_slot(dedupe, slot);
	else
		dedupe->used++;
	memcpy(dedupe->id[slot], id, MGM_RESULT_ID_BYTES);
	dedupe->second[slot] = second;
	dedupe->next[slot] = *bucket;
	*bucket = (uint16_t)(slot + 1);
	dedupe->oldest = (slot + 1) % MGM_DEDUPE_IDS;
}

void mgm_dedupe_add_newest(struct mgm_dedupe *dedupe, const struct mgm_dedupe *from, uint32_t count)
{
	count = count < from->used ? count : from->used;
	for (uint32_t i = count; i > 0; i--) {
		uint32_t slot = (from->oldest + MGM_DEDUPE_IDS - i) % MGM_DEDUPE_IDS;

		if (!mgm_dedupe_seen(dedupe, from->id[slot], from->second[slot]))
			mgm_dedupe_add(dedupe, from->id[slot], from->second[slot]);
	}
}
