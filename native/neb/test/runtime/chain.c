/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Byte queue in blocks: order, limit, nothing moved, memory given back, no memory. */
#include "wire/chain.h"

#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "tap.h"

#define PARTS 4

/* Look at the first bytes, piece by piece. */
static bool begins_with(const struct mgm_chain *chain, uint8_t first, size_t size)
{
	struct iovec parts[PARTS];
	size_t count = mgm_chain_parts(chain, parts, PARTS);

	for (size_t i = 0; i < count; i++)
		for (size_t at = 0; at < parts[i].iov_len && size > 0; at++, size--)
			if (((const uint8_t *)parts[i].iov_base)[at] != first++)
				return false;
	return size == 0;
}

/* Append and consume odd sizes for long; every byte must come out once and in order. */
static void test_order(void)
{
	static uint8_t chunk[MGM_BLOCK_BYTES * 2];
	struct mgm_chain c;
	uint8_t in = 0, out = 0;
	bool good = true;
	size_t most = 0, idle = fake_mapped_bytes;

	mgm_chain_init(&c, 400000);
	for (size_t round = 0; round < 3000; round++) {
		size_t put = round * 7919 % sizeof(chunk), take;

		for (size_t i = 0; i < put; i++)
			chunk[i] = in++;
		if (!mgm_chain_append(&c, chunk, put))
			in = (uint8_t)(in - put);
		take = round * 7717 % 130000;
		take = take < c.size ? take : c.size;
		good = good && begins_with(&c, out, take);
		out = (uint8_t)(out + take);
		mgm_chain_consume(&c, take);
		most = fake_mapped_bytes - idle > most ? fake_mapped_bytes - idle : most;
	}
	CHECK(good, "bytes come out once and in order");
	CHECK(most <= 400000 + (2 + MGM_SPARE_MAX) * MGM_BLOCK_BYTES, "memory stays near the limit (%zu)", most);
	mgm_chain_clear(&c);
	CHECK(fake_mapped_bytes == idle, "all of it is given back");
}

static void test_limit(void)
{
	struct mgm_chain c;

	mgm_chain_init(&c, 10);
	CHECK(mgm_chain_append(&c, "0123456789", 10), "the limit can be filled");
	CHECK(!mgm_chain_append(&c, "x", 1) && c.size == 10, "not one byte more");
	mgm_chain_consume(&c, 4);
	CHECK(mgm_chain_append(&c, "abcd", 4) && !mgm_chain_append(&c, "e", 1), "what is consumed makes room");
	CHECK(mgm_chain_append(&c, NULL, 0) && c.size == 10, "nothing always fits");
	mgm_chain_clear(&c);
	CHECK(c.first == NULL && c.size == 0 && c.limit == 10 && mgm_chain_parts(&c, NULL, 0) == 0, "cleared, limit kept");
}

/* What waits stays where it is, and at every border between blocks nothing is lost. */
static void test_borders(void)
{
	static uint8_t bytes[3 * MGM_BLOCK_BYTES];
	struct iovec before[PARTS], after[PARTS];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (int delta = -2; delta <= 2; delta++) {
		size_t size = MGM_CHAIN_BLOCK + (size_t)delta;
		struct mgm_chain c;

		mgm_chain_init(&c, sizeof(bytes));
		mgm_chain_append(&c, bytes, size);
		mgm_chain_parts(&c, before, PARTS);
		mgm_chain_append(&c, bytes + size, MGM_CHAIN_BLOCK);
		mgm_chain_parts(&c, after, PARTS);
		CHECK(before[0].iov_base == after[0].iov_base && c.size == size + MGM_CHAIN_BLOCK && begins_with(&c, 0, c.size),
		      "a message that ends %d bytes beside the end of a block", delta);
		mgm_chain_consume(&c, size);
		CHECK(begins_with(&c, (uint8_t)size, MGM_CHAIN_BLOCK), "and is taken out");
		CHECK(mgm_chain_parts(&c, after, 1) == 1, "as many parts as asked for");
		mgm_chain_consume(&c, c.size);
		CHECK(c.first == NULL && c.last == NULL && mgm_chain_parts(&c, after, PARTS) == 0, "then it is empty");
		mgm_chain_clear(&c);
	}
}

static void test_give_back(void)
{
	static const uint8_t big[20 * MGM_BLOCK_BYTES];
	size_t idle = fake_mapped_bytes;
	struct mgm_chain c;
	void *block;

	mgm_chain_init(&c, sizeof(big));
	mgm_chain_append(&c, big, sizeof(big));
	CHECK(fake_mapped_bytes - idle == 21 * MGM_BLOCK_BYTES, "a burst needs its own size");
	mgm_chain_consume(&c, sizeof(big) / 2);
	CHECK(fake_mapped_bytes - idle <= (11 + MGM_SPARE_MAX) * MGM_BLOCK_BYTES, "memory goes back while it is sent");
	mgm_chain_consume(&c, c.size);
	CHECK(fake_mapped_bytes - idle == MGM_SPARE_MAX * MGM_BLOCK_BYTES, "two blocks stay");
	block = c.spare.first;
	mgm_chain_append(&c, big, 100);
	CHECK(c.first == block && fake_mapped_bytes - idle == MGM_SPARE_MAX * MGM_BLOCK_BYTES, "and are used again");
	mgm_chain_clear(&c);
	CHECK(fake_mapped_bytes == idle, "none is left");
}

static void test_no_memory(void)
{
	static uint8_t big[5 * MGM_BLOCK_BYTES];

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)i;
	for (int left = 0; left < 5; left++) {
		size_t idle = fake_mapped_bytes;
		struct mgm_chain c;

		mgm_chain_init(&c, sizeof(big));
		mgm_chain_append(&c, big, 1000);
		fake_allocations_left = left;
		CHECK(!mgm_chain_append(&c, big + 1000, sizeof(big) - 1000) && c.size == 1000,
		      "memory for %d blocks of five: nothing is appended", left);
		fake_allocations_left = -1;
		CHECK(mgm_chain_append(&c, big + 1000, sizeof(big) - 1000), "later it is");
		CHECK(begins_with(&c, 0, 2 * MGM_BLOCK_BYTES), "in its place");
		mgm_chain_clear(&c);
		CHECK(fake_mapped_bytes == idle, "none is left");
	}
}

int main(void)
{
	test_order();
	test_limit();
	test_borders();
	test_give_back();
	test_no_memory();
	return tap_done();
}
