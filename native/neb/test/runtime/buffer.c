/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Byte queue: order, limit, reuse of memory. */
#include "wire/buffer.h"

#include <string.h>

#include "faults.h"
#include "tap.h"

/* Append and consume odd sizes for long; every byte must come out once and in order. */
static void test_order(void)
{
	struct mgm_buffer b;
	uint8_t in = 0, out = 0, chunk[977];
	bool good = true;
	size_t most = 0;

	mgm_buffer_init(&b, 20000);
	for (unsigned int round = 0; round < 5000; round++) {
		size_t put = round * 31 % sizeof(chunk), take;

		for (size_t i = 0; i < put; i++)
			chunk[i] = in++;
		if (!mgm_buffer_append(&b, chunk, put))
			in = (uint8_t)(in - put);
		take = round * 53 % 997;
		take = take < b.size ? take : b.size;
		for (size_t i = 0; i < take; i++)
			good = good && mgm_buffer_head(&b)[i] == out++;
		mgm_buffer_consume(&b, take);
		most = b.capacity > most ? b.capacity : most;
	}
	CHECK(good, "bytes come out once and in order");
	CHECK(most <= 131072, "memory stays near the limit");
	mgm_buffer_clear(&b);
	CHECK(fake_mapped_bytes == 0, "all of it is given back");
}

static void test_limit(void)
{
	struct mgm_buffer b;
	size_t want = 100;
	uint8_t *space;

	mgm_buffer_init(&b, 10);
	CHECK(mgm_buffer_append(&b, "0123456789", 10), "the limit can be filled");
	CHECK(!mgm_buffer_append(&b, "x", 1) && b.size == 10, "not one byte more");
	CHECK(mgm_buffer_space(&b, &want) == NULL, "no space when full");
	mgm_buffer_consume(&b, 4);
	want = 100;
	space = mgm_buffer_space(&b, &want);
	CHECK(space != NULL && want == 4, "space is what the limit leaves");
	memcpy(space, "abcd", 4);
	mgm_buffer_filled(&b, 4);
	CHECK(b.size == 10 && memcmp(mgm_buffer_head(&b), "456789abcd", 10) == 0, "filled space is content");
	mgm_buffer_clear(&b);
	CHECK(mgm_buffer_head(&b) == NULL && b.size == 0 && b.limit == 10, "cleared, limit kept");
}

static void test_give_back(void)
{
	static const uint8_t big[200000];
	struct mgm_buffer b;

	mgm_buffer_init(&b, 1 << 20);
	mgm_buffer_append(&b, big, sizeof(big));
	mgm_buffer_consume(&b, sizeof(big));
	CHECK(b.capacity == 0 && fake_mapped_bytes == 0, "memory of a burst is given back");
	mgm_buffer_append(&b, big, 100);
	mgm_buffer_consume(&b, 100);
	CHECK(b.capacity > 0, "a small buffer is kept");
	mgm_buffer_clear(&b);
}

/* A long message that comes in small pieces, with part of another one before it. */
static void test_growth(void)
{
	static uint8_t chunk[10007];
	struct mgm_buffer b;
	bool good = true;
	uint8_t in = 0;

	mgm_buffer_init(&b, 4 << 20);
	fake_largest_allocation = 0;
	while (b.size + sizeof(chunk) <= b.limit) {
		for (size_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = in++;
		good = good && mgm_buffer_append(&b, chunk, sizeof(chunk));
		if (b.size == sizeof(chunk))
			mgm_buffer_consume(&b, 7);
	}
	for (size_t i = 0; i < b.size; i++)
		good = good && mgm_buffer_head(&b)[i] == (uint8_t)(i + 7);
	CHECK(good, "it is in one piece");
	CHECK(fake_largest_allocation == 0, "nothing comes from the heap of the core");
	fake_allocations_left = 0;
	mgm_buffer_clear(&b);
	CHECK(!mgm_buffer_append(&b, chunk, 1) && b.size == 0, "without memory nothing is appended");
	fake_allocations_left = -1;
	mgm_buffer_append(&b, chunk, sizeof(chunk));
	fake_allocations_left = 0;
	while (mgm_buffer_append(&b, chunk, sizeof(chunk)))
		;
	fake_allocations_left = -1;
	CHECK(b.size % sizeof(chunk) == 0 && memcmp(mgm_buffer_head(&b), chunk, sizeof(chunk)) == 0,
	      "what is there stays, without memory for more");
	CHECK(mgm_buffer_append(&b, chunk, sizeof(chunk)), "and more fits when there is some");
	mgm_buffer_clear(&b);
	CHECK(fake_mapped_bytes == 0, "none is left");
}

int main(void)
{
	test_order();
	test_limit();
	test_give_back();
	test_growth();
	return tap_done();
}
