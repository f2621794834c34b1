/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The set of objects whose check is ours: it grows and shrinks in steps, and takes no more memory than what it holds needs. */
#include "events/owned.h"

#include <stdint.h>
#include <string.h>

#include "fake_core.h"
#include "faults.h"
#include "tap.h"
#include "wire/address.h"

/* Three quarters of 8192 slots: the next one makes the table grow. */
#define FULL 6144u
#define MORE 2048u

static char memory[FULL + MORE][16];

static size_t used_slots(const struct mgm_owned *owned)
{
	size_t used = 0;

	for (size_t i = 0; i < owned->capacity; i++)
		used += owned->slot[i] != NULL;
	return used;
}

/* @return whether exactly the objects in [from, to) are there */
static bool are_there(const struct mgm_owned *owned, size_t from, size_t to)
{
	for (size_t i = 0; i < FULL + MORE; i++)
		if (mgm_owned_has(owned, memory[i]) != (i >= from && i < to))
			return false;
	return owned->count == to - from;
}

static void test_few(void)
{
	struct mgm_owned owned = { 0 };
	size_t idle = fake_mapped_bytes;

	CHECK(!mgm_owned_has(&owned, memory[0]) && !mgm_owned_remove(&owned, memory[0]), "an empty set has nothing");
	CHECK(mgm_owned_add(&owned, memory[0]) && mgm_owned_add(&owned, memory[0]) && are_there(&owned, 0, 1),
	      "an object is there once");
	CHECK(mgm_owned_remove(&owned, memory[0]) && !mgm_owned_remove(&owned, memory[0]) && are_there(&owned, 0, 0),
	      "and removed once");
	fake_allocations_left = 0;
	for (size_t i = 0; i < 384; i++)
		mgm_owned_add(&owned, memory[i]);
	CHECK(are_there(&owned, 0, 384) && !mgm_owned_add(&owned, memory[384]) && are_there(&owned, 0, 384),
	      "without memory nothing is added");
	fake_allocations_left = -1;
	CHECK(mgm_owned_add(&owned, memory[384]) && are_there(&owned, 0, 385), "later it is");
	mgm_owned_free(&owned);
	CHECK(are_there(&owned, 0, 0) && fake_mapped_bytes == idle, "empty again");
}

/* No single call may move or free the whole table: with a million objects that would stop the core. */
static void test_growth(void)
{
	struct mgm_owned owned = { 0 };
	size_t capacity, added = FULL + 1, idle = fake_mapped_bytes;

	fake_largest_allocation = 0;
	for (size_t i = 0; i < FULL; i++)
		mgm_owned_add(&owned, memory[i]);
	CHECK(fake_largest_allocation == 0, "a table is not from the heap of the core, which clears it as a whole");
	capacity = owned.capacity;
	mgm_owned_add(&owned, memory[FULL]);
	CHECK(owned.capacity == 2 * capacity && owned.old != NULL && used_slots(&owned) <= 1 + MGM_OWNED_STEP,
	      "growing moves %u slots, not all", MGM_OWNED_STEP);
	CHECK(are_there(&owned, 0, FULL + 1), "all are found in between, nothing else is");
	for (; owned.old_moved < owned.old_capacity && added < FULL + MORE; added++)
		mgm_owned_add(&owned, memory[added]);
	CHECK(used_slots(&owned) == owned.count && owned.count < owned.capacity / 2,
	      "all are moved long before the next growth");
	for (; owned.old != NULL && added < FULL + MORE; added++)
		mgm_owned_add(&owned, memory[added]);
	CHECK(owned.old == NULL && fake_mapped_bytes - idle == owned.capacity * sizeof(void *),
	      "then the old table is given back");
	CHECK(are_there(&owned, 0, added), "and nothing is lost");
	mgm_owned_free(&owned);
	CHECK(fake_mapped_bytes == idle, "all memory is given back");
}

/* Removed while it is in the old table, moved already, and added again in between. */
static void test_removal_while_growing(void)
{
	struct mgm_owned owned = { 0 };
	bool good = true;

	for (size_t i = 0; i <= FULL; i++)
		mgm_owned_add(&owned, memory[i]);
	for (size_t i = 0; i < FULL; i++) {
		good = good && mgm_owned_remove(&owned, memory[i]) && !mgm_owned_has(&owned, memory[i]);
		if (i % 3 == 0)
			good = good && mgm_owned_add(&owned, memory[i]) && mgm_owned_has(&owned, memory[i]);
	}
	for (size_t i = 0; i < FULL; i++)
		good = good && mgm_owned_has(&owned, memory[i]) == (i % 3 == 0);
	CHECK(good && owned.count == FULL / 3 + 1, "what is removed stays so, what is added again is there");
	mgm_owned_free(&owned);
}

static void test_shrinking(void)
{
	struct mgm_owned owned = { 0 };
	size_t idle = fake_mapped_bytes, before, largest = 0;
	bool good = true;

	for (size_t i = 0; i < FULL + MORE; i++)
		mgm_owned_add(&owned, memory[i]);
	before = owned.capacity;
	for (size_t i = 0; i < FULL + MORE - 10; i++) {
		size_t used = used_slots(&owned), moved;

		good = good && mgm_owned_remove(&owned, memory[i]);
		moved = used_slots(&owned) > used ? used_slots(&owned) - used : 0;
		largest = moved > largest ? moved : largest;
		if (i % 500 == 0)
			good = good && are_there(&owned, i + 1, FULL + MORE);
	}
	CHECK(good && are_there(&owned, FULL + MORE - 10, FULL + MORE), "the others are there after each removal");
	CHECK(largest <= MGM_OWNED_STEP, "no call moves more than %zu", largest);
	for (int i = 0; i < 1000; i++) {
		mgm_owned_add(&owned, memory[0]);
		mgm_owned_remove(&owned, memory[0]);
	}
	CHECK(owned.capacity < before / 8 && fake_mapped_bytes - idle <= before, "of %zu slots %zu are left", before,
	      owned.capacity);
	CHECK(are_there(&owned, FULL + MORE - 10, FULL + MORE), "and all that is in it");
	mgm_owned_free(&owned);
	CHECK(fake_mapped_bytes == idle, "all memory is given back");
}

/* The least that a table takes when as many are added and removed as a core checks in an hour. */
static void test_turnover(void)
{
	struct mgm_owned owned = { 0 };
	size_t capacity;
	bool good = true;

	for (size_t i = 0; i < 200; i++)
		mgm_owned_add(&owned, memory[i]);
	capacity = owned.capacity;
	for (size_t i = 200; i < 1000000; i++) {
		good = good && mgm_owned_add(&owned, memory[i % (FULL + MORE)]);
		good = good && mgm_owned_remove(&owned, memory[(i - 200) % (FULL + MORE)]);
	}
	CHECK(good && owned.count == 200 && owned.capacity == capacity, "200 at a time, a million one after the other");
	mgm_owned_free(&owned);
}

/* Others come and go between two steps: who stays is visited. Chance decides, always the same. */
static void test_walk(size_t stay, size_t others, const char *name)
{
	static unsigned char seen[FULL + MORE];
	struct mgm_owned owned = { 0 };
	unsigned int random = 1;
	size_t visited = 0, steps = 0, missing = 0;
	const void *entry;
	bool more = true;

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < stay + others; i++)
		mgm_owned_add(&owned, mgm_owned_entry(memory[i], i % 2 == 0));
	for (mgm_owned_walk_start(&owned); more; steps++) {
		more = mgm_owned_walk(&owned, &entry);
		if (entry != NULL) {
			size_t i = (size_t)((const char(*)[16])mgm_owned_object(entry) - memory);

			visited++;
			seen[i] = mgm_owned_is_service(entry) == (i % 2 == 0);
		}
		for (int change = 0; change < 3 && others > 0; change++) {
			size_t i;

			random = random * 1103515245u + 12345u;
			i = stay + (random >> 8) % others;
			entry = mgm_owned_entry(memory[i], i % 2 == 0);
			if (mgm_owned_has(&owned, entry))
				mgm_owned_remove(&owned, entry);
			else
				mgm_owned_add(&owned, entry);
		}
	}
	for (size_t i = 0; i < stay; i++)
		missing += seen[i] == 0;
	CHECK(missing == 0 && visited >= stay && steps < 20 * (FULL + MORE), "%s: %zu of %zu are missing after %zu steps",
	      name, missing, stay, steps);
	mgm_owned_free(&owned);
}

/* An entry at the start of the table that belongs to its end moves there when one at the end is removed. */
static void test_walk_around(void)
{
	struct mgm_owned owned = { 0 };
	const void *last = NULL, *first = NULL, *entry;
	bool again = false;

	mgm_owned_add(&owned, memory[0]);
	for (size_t i = 1; i < FULL && (last == NULL || first == NULL); i++) {
		if (mgm_address_slot(memory[i], owned.capacity) != owned.capacity - 1)
			continue;
		mgm_owned_add(&owned, memory[i]);
		*(last == NULL ? &last : &first) = memory[i];
	}
	CHECK(first != NULL && owned.slot[owned.capacity - 1] == last && owned.slot[0] == first, "one has gone around");
	mgm_owned_walk_start(&owned);
	CHECK(mgm_owned_walk(&owned, &entry) && entry == last, "the last slot is visited first");
	mgm_owned_remove(&owned, last);
	while (mgm_owned_walk(&owned, &entry))
		again = again || entry == first;
	CHECK(again || entry == first, "what moves to a slot behind the walk is visited there");
	mgm_owned_free(&owned);
}

int main(void)
{
	const void *entry = memory;
	struct mgm_owned none = { 0 };

	mgm_owned_walk_start(&none);
	CHECK(!mgm_owned_walk(&none, &entry) && entry == NULL, "a walk through nothing ends at once");
	test_walk(FULL, 0, "nothing changes");
	test_walk(200, 100, "some come and go");
	test_walk(300, FULL + MORE - 300, "the table shrinks");
	test_walk(FULL, MORE, "the table grows");
	test_walk_around();
	test_few();
	test_growth();
	test_removal_while_growing();
	test_shrinking();
	test_turnover();
	return tap_done();
}
