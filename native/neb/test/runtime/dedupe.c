/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Memory of applied results. */
#include "events/dedupe.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* Ids that share a bucket as often as `spread` says. */
static void make_id(uint8_t id[MGM_RESULT_ID_BYTES], uint32_t n, uint32_t spread)
{
	memset(id, 0, MGM_RESULT_ID_BYTES);
	memcpy(id, &n, sizeof(n));
	id[14] = (uint8_t)(n % spread >> 8);
	id[15] = (uint8_t)(n % spread);
}

static void test_ring(uint32_t spread)
{
	struct mgm_dedupe *d = calloc(1, sizeof(*d));
	uint8_t id[MGM_RESULT_ID_BYTES];
	uint32_t total = 2 * MGM_DEDUPE_IDS + 100;
	bool fresh = true, remembered = true, forgotten = true;

	for (uint32_t n = 0; n < total; n++) {
		make_id(id, n, spread);
		fresh = fresh && !mgm_dedupe_seen(d, id);
		mgm_dedupe_add(d, id);
	}
	for (uint32_t n = 0; n < total; n++) {
		make_id(id, n, spread);
		if (n >= total - MGM_DEDUPE_IDS)
			remembered = remembered && mgm_dedupe_seen(d, id);
		else
			forgotten = forgotten && !mgm_dedupe_seen(d, id);
	}
	CHECK(fresh, "unknown ids are unknown (%u buckets)", spread);
	CHECK(remembered, "the last 8192 are remembered (%u buckets)", spread);
	CHECK(forgotten, "older ones are not (%u buckets)", spread);
	free(d);
}

int main(void)
{
	test_ring(65536);
	test_ring(300);
	return tap_done();
}
