/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Memory of events: pieces apart from each other, blocks used again and given back, signal handlers. */
#include "events/event_store.h"

#include <string.h>

#include "faults.h"
#include "tap.h"

#define PIECES 3000

static struct mgm_event_block *blocks[PIECES];
static uint8_t *pieces[PIECES];

static size_t size_of(size_t i)
{
	return 1 + i * 37 % 700;
}

static bool take(struct mgm_event_store *store, size_t i)
{
	pieces[i] = mgm_event_store_new(store, size_of(i), &blocks[i]);
	if (pieces[i] == NULL)
		return false;
	memset(pieces[i], (int)(i & 0xff), size_of(i));
	return true;
}

static bool is_whole(size_t i)
{
	for (size_t at = 0; at < size_of(i); at++)
		if (pieces[i][at] != (uint8_t)i)
			return false;
	return (uintptr_t)pieces[i] % sizeof(void *) == 0;
}

/* First in, first out, as the outbox does it. */
static void test_order(void)
{
	struct mgm_event_store store = { 0 };
	size_t idle = fake_mapped_bytes, first = 0, most = 0;
	bool whole = true;

	fake_largest_allocation = 0;
	for (size_t i = 0; i < PIECES; i++) {
		whole = whole && take(&store, i);
		for (; i - first > 500; first++) {
			whole = whole && is_whole(first);
			mgm_event_store_free(blocks[first]);
		}
		most = fake_mapped_bytes - idle > most ? fake_mapped_bytes - idle : most;
	}
	CHECK(whole, "pieces keep their content");
	CHECK(most <= 500 * 700 + (2 + MGM_SPARE_MAX) * MGM_BLOCK_BYTES, "memory stays near what is in use (%zu)", most);
	CHECK(fake_largest_allocation == 0, "nothing comes from the heap of the core");
	for (; first < PIECES; first++) {
		whole = whole && is_whole(first);
		mgm_event_store_free(blocks[first]);
	}
	CHECK(whole && fake_mapped_bytes - idle <= (1 + MGM_SPARE_MAX) * MGM_BLOCK_BYTES, "then most of it goes back");
	mgm_event_store_end(&store);
	CHECK(fake_mapped_bytes == idle, "at the end all of it");
}

/* One that stays keeps its own block only. */
static void test_any_order(void)
{
	struct mgm_event_store store = { 0 };
	size_t idle = fake_mapped_bytes;
	bool whole = true;

	for (size_t i = 0; i < PIECES; i++)
		whole = whole && take(&store, i);
	for (size_t i = PIECES; i-- > 0;)
		if (i != 1500)
			mgm_event_store_free(blocks[i]);
	CHECK(whole && is_whole(1500), "one is left in the middle");
	CHECK(fake_mapped_bytes - idle <= (2 + MGM_SPARE_MAX) * MGM_BLOCK_BYTES, "and keeps one block");
	mgm_event_store_free(blocks[1500]);
	mgm_event_store_end(&store);
	CHECK(fake_mapped_bytes == idle, "none is left");
}

/* A single piece at a time never needs a second block. */
static void test_again(void)
{
	struct mgm_event_store store = { 0 };
	size_t idle = fake_mapped_bytes;
	bool same = true;

	take(&store, 0);
	for (size_t i = 1; i < PIECES; i++) {
		mgm_event_store_free(blocks[i - 1]);
		same = take(&store, i) && same && pieces[i] == pieces[0];
	}
	CHECK(same && fake_mapped_bytes - idle == MGM_BLOCK_BYTES, "an empty block begins again");
	mgm_event_store_free(blocks[PIECES - 1]);
	mgm_event_store_end(&store);
	CHECK(fake_mapped_bytes == idle, "none is left");
}

static void test_large(void)
{
	static const size_t sizes[] = { MGM_EVENT_STORE_LARGE, MGM_EVENT_STORE_LARGE + 1, MGM_BLOCK_BYTES - 100,
		                            MGM_BLOCK_BYTES, 5000000 };
	size_t idle = fake_mapped_bytes;

	for (size_t size = MGM_BLOCK_BYTES - 96; size <= MGM_BLOCK_BYTES; size += 16) {
		struct mgm_event_store store = { 0 };
		struct mgm_event_block *block;
		uint8_t *piece = mgm_event_store_new(&store, size, &block);

		memset(piece, 1, size);
		mgm_event_store_free(block);
		mgm_event_store_end(&store);
	}
	CHECK(fake_mapped_bytes == idle, "pieces of about the size of a block");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct mgm_event_store store = { 0 };
		struct mgm_event_block *large, *small;
		uint8_t *piece = mgm_event_store_new(&store, sizes[i], &large);

		memset(piece, 7, sizes[i]);
		memset(mgm_event_store_new(&store, 10, &small), 8, 10);
		CHECK(piece[sizes[i] - 1] == 7, "a piece of %zu bytes", sizes[i]);
		mgm_event_store_free(large);
		CHECK(sizes[i] <= MGM_EVENT_STORE_LARGE || fake_mapped_bytes - idle == MGM_BLOCK_BYTES,
		      "a large one is given back at once");
		mgm_event_store_free(small);
		mgm_event_store_end(&store);
		CHECK(fake_mapped_bytes == idle, "none is left");
	}
}

static void test_refused(void)
{
	struct mgm_event_store store = { 0 };
	struct mgm_event_block *block, *other;

	fake_allocations_left = 0;
	CHECK(mgm_event_store_new(&store, 10, &block) == NULL && mgm_event_store_new(&store, 10000, &block) == NULL,
	      "no memory");
	fake_allocations_left = -1;
	CHECK(mgm_event_store_new(&store, 10, &block) != NULL, "later there is some");
	store.busy = 1;
	CHECK(mgm_event_store_new(&store, 10, &other) == NULL, "not from a signal handler inside another call");
	store.busy = 0;
	mgm_event_store_free(block);
	mgm_event_store_end(&store);
}

int main(void)
{
	test_order();
	test_any_order();
	test_again();
	test_large();
	test_refused();
	return tap_done();
}
