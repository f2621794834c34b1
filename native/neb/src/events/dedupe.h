/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The last result ids that were applied, so that a result handed out twice is applied once. Pure. */
#ifndef MGM_DEDUPE_H
#define MGM_DEDUPE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/frame.h"

/** Ids remembered (docs/bridge-protocol.md). */
#define MGM_DEDUPE_IDS 8192u
#define MGM_DEDUPE_BUCKETS 16384u

struct mgm_dedupe {
	uint8_t id[MGM_DEDUPE_IDS][MGM_RESULT_ID_BYTES];
	uint32_t second[MGM_DEDUPE_IDS];     /* when it was applied, of the steady clock */
	uint16_t next[MGM_DEDUPE_IDS];       /* slot + 1 of the next in the bucket, 0 at the end */
	uint16_t bucket[MGM_DEDUPE_BUCKETS]; /* slot + 1 of the first */
	uint32_t used;                       /* slots filled */
	uint32_t oldest;                     /* slot to be replaced next */
};

/**
 * Whether an id was applied at a second or later.
 *
 * @param id MGM_RESULT_ID_BYTES bytes
 */
bool mgm_dedupe_seen(const struct mgm_dedupe *dedupe, const uint8_t *id, uint32_t since);
/** Remember an id that was applied at a second; drops the oldest when full. A zeroed struct is empty. */
void mgm_dedupe_add(struct mgm_dedupe *dedupe, const uint8_t *id, uint32_t second);
/** Remember the newest `count` ids of another one too, with their seconds. */
void mgm_dedupe_add_newest(struct mgm_dedupe *dedupe, const struct mgm_dedupe *from, uint32_t count);

#endif
