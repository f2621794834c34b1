/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Checks under way are named to each bridge that connects: all of them, in slices, in front of nothing that matters more. */
#include "events/under_way.h"

#include <stdlib.h>
#include <string.h>

#include "events/checks.h"
#include "module_rig.h"

#define CHECKS 20000
#define CALL_MAX_US 1000

static char *objects;
static unsigned char named[CHECKS];
static size_t named_count;
static bool ended;

static void *object_at(size_t i)
{
	return objects + i * fake.core.abi->size[MGM_S_SERVICE];
}

/* That many services of the rig's host, taken and acknowledged long ago. */
static void take_many(void)
{
	static char descriptions[CHECKS][8];

	objects = calloc(CHECKS, fake.core.abi->size[MGM_S_SERVICE]);
	for (size_t i = 0; i < CHECKS; i++) {
		snprintf(descriptions[i], sizeof(descriptions[i]), "%zu", i);
		mgm_set_ptr(fake.core.abi, object_at(i), MGM_F_SERVICE_HOST_PTR, rig_host);
		mgm_set_cstr(fake.core.abi, object_at(i), MGM_F_SERVICE_DESCRIPTION, descriptions[i]);
		mgm_owned_add(&M->owned, mgm_owned_entry(object_at(i), true));
	}
	memset(named, 0, sizeof(named));
	named_count = 0;
	ended = false;
}

static void take_name(const struct mgm_message *message)
{
	char *text = mgm_msg_text(message, MGM_ID_SERVICE_DESCRIPTION);
	size_t i = text != NULL ? strtoul(text, NULL, 10) : CHECKS;

	if (message->field[MGM_ID_HOST_NAME].data == NULL)
		ended = true;
	else if (i < CHECKS && rig_text(message, MGM_ID_HOST_NAME, "h")) {
		named[i]++;
		named_count++;
	}
	free(text);
}

/* All that has arrived; a message may be cut anywhere. */
static void read_names(void)
{
	static uint8_t data[65536];
	static size_t size;
	ssize_t got;

	while ((got = recv(bridge, data + size, sizeof(data) - size, MSG_DONTWAIT)) > 0) {
		struct mgm_message message;
		size_t at = 0, used;

		size += (size_t)got;
		for (; mgm_frame_decode(data + at, size - at, &message, &used) == MGM_FRAME_OK; at += used)
			if (message.type == MGM_MSG_CHECK_UNDER_WAY)
				take_name(&message);
		size -= at;
		memmove(data, data + at, size);
	}
}

/* A clock that moves at every look at it. */
static int64_t ticking(void *arg)
{
	(void)arg;
	return fake.now_us += 2;
}

static const struct mgm_clock ticking_clock = { ticking, ticking, NULL };

static void test_both_kinds(void)
{
	rig_start(MGM_NAGIOS);
	mgm_owned_add(&M->owned, mgm_owned_entry(rig_host, false));
	mgm_owned_add(&M->owned, mgm_owned_entry(rig_service, true));
	rig_connect(10);
	CHECK(rig_next(MGM_MSG_CHECK_UNDER_WAY) == NULL, "nothing before the settings");
	rig_settings(0, 0, 0);
	fake_time(1);
	{
		int host = 0, service = 0, end = 0;
		const struct mgm_message *message;

		while ((message = rig_next(MGM_MSG_CHECK_UNDER_WAY)) != NULL) {
			host += rig_text(message, MGM_ID_HOST_NAME, "h") && rig_text(message, MGM_ID_SERVICE_DESCRIPTION, NULL);
			service += rig_text(message, MGM_ID_HOST_NAME, "h") && rig_text(message, MGM_ID_SERVICE_DESCRIPTION, "s");
			end += rig_text(message, MGM_ID_HOST_NAME, NULL);
		}
		CHECK(host == 1 && service == 1 && end == 1, "a host, a service, and that these were all");
	}
	fake_time(5);
	CHECK(rig_next(MGM_MSG_CHECK_UNDER_WAY) == NULL, "once");
	rig_cut();
	rig_connect(10);
	rig_settings(0, 0, 0);
	fake_time(1);
	CHECK(rig_next(MGM_MSG_CHECK_UNDER_WAY) != NULL, "and on the next connection again");
	while (rig_next(MGM_MSG_CHECK_UNDER_WAY) != NULL)
		;
	rig_stop();
}

static void test_slices(enum mgm_family family, const char *name)
{
	int64_t longest = 0, before;
	size_t once = 0, turns = 0;

	rig_start(family);
	take_many();
	rig_connect(10);
	M->clock = &ticking_clock;
	before = fake.now_us;
	rig_settings(0, 0, 0);
	longest = fake.now_us - before;
	for (; !ended && turns < CHECKS; turns++) {
		read_names();
		before = fake.now_us;
		if (fake_io() == 0)
			fake_time(turns % 50 == 0 ? 1 : 0);
		longest = turns % 50 != 0 && fake.now_us - before > longest ? fake.now_us - before : longest;
	}
	for (size_t i = 0; i < CHECKS; i++)
		once += named[i] == 1;
	CHECK(ended && once == CHECKS && named_count == CHECKS, "%s: %d are named, each once", name, CHECKS);
	CHECK(longest < CALL_MAX_US && turns > 20, "%s: in %zu turns, the longest takes %lld us", name, turns,
	      (long long)longest);
	M->clock = &fake_clock;
	rig_stop();
	free(objects);
}

/* A bridge that does not read: no more than the backlog waits, and the rest comes when it reads again. */
static void test_slow_bridge(void)
{
	rig_start(MGM_NAEMON);
	take_many();
	for (size_t i = 0; i < CHECKS; i++)
		mgm_set_cstr(fake.core.abi, object_at(i), MGM_F_SERVICE_DESCRIPTION,
		             "0 a description that is as long as those that are made of the name of a machine, a mount point "
		             "and a unit");
	rig_connect(10);
	rig_settings(0, 0, 0);
	for (int i = 0; i < 1000; i++)
		if (fake_io() == 0)
			fake_time(0);
	CHECK(M->naming && M->link.out.size >= MGM_LINK_BACKLOG && M->link.out.size < MGM_LINK_BACKLOG + 1000,
	      "%zu bytes wait for a bridge that does not read", M->link.out.size);
	for (int i = 0; i < 1000 && !ended; i++) {
		read_names();
		if (fake_io() == 0)
			fake_time(1);
	}
	CHECK(ended && named_count == CHECKS, "the rest comes when it reads");
	rig_stop();
	free(objects);
}

static void test_no_memory(void)
{
	rig_start(MGM_NAEMON);
	take_many();
	rig_connect(10);
	mgm_frame_free(&M->check_frame);
	fake_allocations_left = 0;
	mgm_under_way_start(M);
	M->policy.linked = true;
	mgm_under_way_go_on(M);
	fake_allocations_left = -1;
	CHECK(M->naming && M->link.state == MGM_LINK_UP, "without memory it is put off");
	mgm_session_slice(M); /* as with the next tick */
	for (int i = 0; i < 1000 && !ended; i++) {
		read_names();
		if (fake_io() == 0)
			fake_time(1);
	}
	CHECK(ended && named_count == CHECKS, "all of them come later");
	rig_stop();
	free(objects);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_both_kinds();
	test_slices(MGM_NAEMON, "Naemon");
	test_slices(MGM_NAGIOS, "Nagios");
	test_slow_bridge();
	test_no_memory();
	return tap_done();
}
