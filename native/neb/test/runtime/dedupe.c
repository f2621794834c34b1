/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Memory of applied results. */
#include "events/dedupe.h"
#include "events/dedupe_text.h"

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
		fresh = fresh && !mgm_dedupe_seen(d, id, 0);
		mgm_dedupe_add(d, id, 5);
	}
	for (uint32_t n = 0; n < total; n++) {
		make_id(id, n, spread);
		if (n >= total - MGM_DEDUPE_IDS)
			remembered = remembered && mgm_dedupe_seen(d, id, 0);
		else
			forgotten = forgotten && !mgm_dedupe_seen(d, id, 0);
	}
	CHECK(fresh, "unknown ids are unknown (%u buckets)", spread);
	CHECK(remembered, "the last 8192 are remembered (%u buckets)", spread);
	CHECK(forgotten, "older ones are not (%u buckets)", spread);
	free(d);
}

static void test_newest(void)
{
	struct mgm_dedupe *from = calloc(1, sizeof(*from)), *to = calloc(1, sizeof(*to));
	uint8_t id[MGM_RESULT_ID_BYTES];
	bool right = true;

	mgm_dedupe_add_newest(to, from, 10);
	CHECK(to->used == 0, "of none none");
	for (uint32_t n = 0; n < MGM_DEDUPE_IDS + 5; n++) {
		make_id(id, n, 65536);
		mgm_dedupe_add(from, id, 5);
	}
	mgm_dedupe_add_newest(to, from, 10);
	mgm_dedupe_add_newest(to, from, 10);
	for (uint32_t n = 0; n < MGM_DEDUPE_IDS + 5; n++) {
		make_id(id, n, 65536);
		right = right && mgm_dedupe_seen(to, id, 0) == (n >= MGM_DEDUPE_IDS - 5);
	}
	CHECK(right && to->used == 10, "the newest ones, each once");
	mgm_dedupe_add(from, id, 7);
	CHECK(!mgm_dedupe_seen(to, id, 6), "from a second on");
	mgm_dedupe_add_newest(to, from, 10);
	CHECK(mgm_dedupe_seen(to, id, 7) && to->used == 11, "one that was applied again with its new second");
	free(from);
	free(to);
}

#define SECOND 0x01020304u

static void test_text(void)
{
	struct mgm_dedupe *from = calloc(1, sizeof(*from)), *to = calloc(1, sizeof(*to));
	char text[MGM_DEDUPE_TEXT_BYTES(20)], small[MGM_DEDUPE_TEXT_BYTES(3)];
	uint8_t id[MGM_RESULT_ID_BYTES];
	bool right = true;

	mgm_dedupe_print(from, 20, text);
	CHECK(strcmp(text, "") == 0, "no ids, no text");
	for (uint32_t n = 0; n < 10; n++) {
		make_id(id, 0xfedc0000 + n, 65536);
		mgm_dedupe_add(from, id, SECOND);
	}
	mgm_dedupe_print(from, 3, small);
	mgm_dedupe_print(from, 20, text);
	CHECK(strlen(small) == 120 && strlen(text) == 400 && strcmp(text + 280, small) == 0,
	      "the newest ones, oldest first");
	mgm_dedupe_read(to, small);
	mgm_dedupe_read(to, small);
	for (uint32_t n = 0; n < 10; n++) {
		make_id(id, 0xfedc0000 + n, 65536);
		right = right && mgm_dedupe_seen(to, id, SECOND) == (n >= 7) && !mgm_dedupe_seen(to, id, SECOND + 1);
	}
	CHECK(right && to->used == 3, "and read again, each once, with its second");
	small[40] = 'x';
	mgm_dedupe_read(to, small);
	small[31] = '\0';
	mgm_dedupe_read(to, small);
	mgm_dedupe_read(to, "taken");
	CHECK(to->used == 3, "up to what is no id");
	free(from);
	free(to);
}

int main(void)
{
	test_ring(65536);
	test_ring(300);
	test_newest();
	test_text();
	return tap_done();
}
