/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Checks that were held are planned again once the bridge is back: when, which, how many, in slices. */
#include "events/replan.h"

#include <stdlib.h>

#include "events/checks.h"
#include "module_rig.h"

#define INTERVAL_S 3600
#define FORCED 1
#define MANY 20000
#define CALL_MAX_US 1000
#define SCHEDULE_US 5

static int64_t now_s(void)
{
	return fake.now_us / 1000000;
}

static void pass(int64_t seconds)
{
	fake.now_us += seconds * 1000000;
}

/* Held as a core asks first; it plans the next interval then. Naemon clears the options before, and leaves the mark. */
static void hold(bool service, int options)
{
	void *object = service ? rig_service : rig_host;
	void *event = fake_check_event(service, true, object, NULL, 0, 0);
	const struct mgm_abi *abi = fake.core.abi;

	if (fake.core.family == MGM_NAGIOS)
		mgm_set_i32(abi, object, service ? MGM_F_SERVICE_CHECK_OPTIONS : MGM_F_HOST_CHECK_OPTIONS, options);
	else if (options == FORCED)
		mgm_set_i32(abi, object, service ? MGM_F_SERVICE_IS_BEING_FRESHENED : MGM_F_HOST_IS_BEING_FRESHENED, 1);
	if ((service ? mgm_checks_service(M, event) : mgm_checks_host(M, event)) != CANCEL)
		CHECK(false, "the check was not held");
	mgm_set_i64(fake.core.abi, object, service ? MGM_F_SERVICE_NEXT_CHECK : MGM_F_HOST_NEXT_CHECK,
	            now_s() + INTERVAL_S);
}

static void come_back(void)
{
	rig_connect(10);
	rig_settings(0, 0, 0);
}

/* The bridge was there, and is away. */
static void start(enum mgm_family family)
{
	rig_start(family);
	come_back();
	rig_cut();
}

static bool planned(int index, void *object, int64_t when, int options)
{
	struct fake_schedule *s = &fake.schedule[index];

	return fake.schedule_count > index && s->object == object && s->when == when && s->options == options;
}

static void test_back(enum mgm_family family, const char *name)
{
	start(family);
	hold(true, FORCED);
	pass(10);
	hold(false, 0);
	pass(10);
	mgm_session_tick(M);
	CHECK(fake.schedule_count == 0, "%s: nothing while it is away", name);
	come_back();
	mgm_session_tick(M);
	CHECK(fake.schedule_count == 2 && planned(0, rig_service, now_s() + 1, FORCED) &&
	          planned(1, rig_host, now_s() + 11, 0),
	      "%s: both run within the 20 s that it was away, a forced one stays forced", name);
	CHECK(fake_logged("2 checks that were held run within 20 s; 0 wait for their next interval\n") == 1, "%s: logged",
	      name);
	mgm_session_tick(M);
	CHECK(fake.schedule_count == 2 && M->held.entry == NULL, "%s: once, and nothing is left of them", name);
	rig_stop();
}

static void test_left_alone(void)
{
	start(MGM_NAEMON);
	hold(true, 0);
	hold(false, 0);
	pass(1000);
	mgm_set_i64(fake.core.abi, rig_service, MGM_F_SERVICE_NEXT_CHECK, now_s() + 1);
	mgm_set_i32(fake.core.abi, rig_host, MGM_F_HOST_IS_EXECUTING, 1);
	come_back();
	mgm_session_tick(M);
	CHECK(fake.schedule_count == 0 && fake_logged("checks that were held") == 0 && M->held.entry == NULL,
	      "one that runs soon and one that runs are left alone");
	rig_stop();
}

/* It is marked again at each pass over stale results. */
static void test_forced_soon(void)
{
	start(MGM_NAEMON);
	hold(true, FORCED);
	pass(1000);
	mgm_set_i64(fake.core.abi, rig_service, MGM_F_SERVICE_NEXT_CHECK, now_s() + 1);
	mgm_set_i32(fake.core.abi, rig_service, MGM_F_SERVICE_CHECK_OPTIONS, FORCED);
	come_back();
	mgm_session_tick(M);
	CHECK(fake.schedule_count == 0, "a forced one whose next run is forced, and soon, is left alone");
	rig_stop();
}

static void test_no_interval(void)
{
	start(MGM_NAEMON);
	hold(true, 0);
	mgm_set_i64(fake.core.abi, rig_service, MGM_F_SERVICE_NEXT_CHECK, now_s());
	pass(10);
	come_back();
	mgm_session_tick(M);
	CHECK(planned(0, rig_service, now_s() + 1, 0), "one that is planned no more, with the time of its last run, runs");
	rig_stop();
}

static bool take(bool service, const char *command)
{
	void *event = fake_check_event(service, false, service ? rig_service : rig_host, command, 0, 0);

	return (service ? mgm_checks_service(M, event) : mgm_checks_host(M, event)) == OVERRIDE;
}

static void test_full(void)
{
	char long_command[1000] = { 0 };

	memset(long_command, 'x', sizeof(long_command) - 1);
	rig_start(MGM_NAEMON);
	rig_connect(100);
	rig_settings(0, 0, 0);
	M->pending.max_events = 4;
	for (int i = 0; i < 4; i++)
		CHECK(take(true, "/bin/x"), "the outbox takes four");
	CHECK(!take(false, "/bin/x"), "and no more");
	mgm_set_i64(fake.core.abi, rig_host, MGM_F_HOST_NEXT_CHECK, now_s() + INTERVAL_S);
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 1);
	mgm_pending_done(&M->pending, 2);
	mgm_session_tick(M);
	CHECK(fake.schedule_count == 0, "the fifth waits while half of them are there");
	mgm_pending_done(&M->pending, 3);
	mgm_session_tick(M);
	CHECK(planned(0, rig_host, now_s() + 1, 0) && fake.schedule_count == 1, "and runs then, not an interval later");
	M->pending.max_events = 100;
	M->pending.max_bytes = 2 * M->pending.bytes + 2;
	CHECK(!take(false, long_command) && M->held.count == 0, "one that no room would help waits for its interval");
	rig_stop();
}

static void test_window(void)
{
	start(MGM_NAEMON);
	hold(true, 0);
	hold(false, 0);
	pass(10 * INTERVAL_S);
	mgm_set_i64(fake.core.abi, rig_service, MGM_F_SERVICE_NEXT_CHECK, now_s() + INTERVAL_S);
	mgm_set_i64(fake.core.abi, rig_host, MGM_F_HOST_NEXT_CHECK, now_s() + INTERVAL_S);
	come_back();
	mgm_session_tick(M);
	CHECK(planned(1, rig_host, now_s() + 1 + MGM_REPLAN_MAX_S / 2, 0), "five minutes are the longest spread");
	rig_stop();
}

/* Of the start of a core: there are no settings yet. */
static void test_start(void)
{
	rig_start(MGM_NAEMON);
	hold(true, 0);
	pass(2);
	come_back();
	mgm_session_tick(M);
	CHECK(planned(0, rig_service, now_s() + 1, 0), "a check that was held before the settings were known, too");
	rig_stop();
}

static void schedule_slow(void *object, int64_t when, int options)
{
	(void)object;
	(void)when;
	(void)options;
	fake.now_us += SCHEDULE_US;
	fake.schedule_count++;
}

static void hold_many(size_t count)
{
	struct mgm_held_check check = { rig_service, true, false };

	for (size_t i = 0; i < count; i++)
		mgm_held_add(&M->held, check, mgm_steady_ms(M->clock));
	mgm_set_i64(fake.core.abi, rig_service, MGM_F_SERVICE_NEXT_CHECK, now_s() + INTERVAL_S);
}

static void test_slices(enum mgm_family family, const char *name)
{
	int64_t longest = 0, before = 0;
	int turns = 0, half;

	start(family);
	M->core.schedule_service_check = schedule_slow;
	hold_many(MANY);
	come_back();
	mgm_session_tick(M);
	half = fake.schedule_count;
	rig_cut();
	if (fake_io() == 0)
		fake_time(0);
	CHECK(half > 0 && half < MANY && fake.schedule_count == half, "%s: stopped when it goes away again", name);
	come_back();
	for (mgm_session_tick(M); M->held.count > 0 && turns < MANY; turns++) {
		before = fake.now_us;
		if (fake_io() == 0)
			fake_time(0);
		longest = fake.now_us - before > longest ? fake.now_us - before : longest;
	}
	CHECK(fake.schedule_count == MANY && longest < CALL_MAX_US && turns > 100,
	      "%s: each of %d once, in %d turns, the longest takes %lld us", name, MANY, turns, (long long)longest);
	fake.schedule_count = 0;
	rig_stop();
}

static void schedule_and_hold(void *object, int64_t when, int options)
{
	struct mgm_held_check check = { object, true, false };

	schedule_slow(object, when, options);
	if (fake.schedule_count == 1)
		mgm_held_add(&M->held, check, mgm_steady_ms(M->clock));
}

static void test_held_meanwhile(void)
{
	start(MGM_NAEMON);
	M->core.schedule_service_check = schedule_and_hold;
	hold_many(1);
	while (!mgm_replan_slice(M, true))
		;
	CHECK(fake.schedule_count == 1 && M->held.count == 1, "one that is held while others are planned is kept");
	while (!mgm_replan_slice(M, true))
		;
	CHECK(fake.schedule_count == 2 && M->held.entry == NULL, "and planned after them");
	fake.schedule_count = 0;
	rig_stop();
}

static void test_bounds(void)
{
	start(MGM_NAEMON);
	M->core.schedule_service_check = schedule_slow;
	hold_many(MGM_HELD_MAX + 10);
	CHECK(M->held.count == MGM_HELD_MAX && M->held.forgotten == 10, "the last ones are kept, the others counted");
	while (!mgm_replan_slice(M, true))
		;
	CHECK(fake.schedule_count == MGM_HELD_MAX && fake_logged("10 wait for their next interval") == 1,
	      "those that are kept are planned");
	fake.schedule_count = 0;
	fake_allocations_left = 0;
	hold_many(1);
	fake_allocations_left = -1;
	CHECK(M->held.count == 0 && mgm_replan_slice(M, true), "without memory a check waits for its interval");
	rig_stop();
}

int main(void)
{
	test_back(MGM_NAEMON, "naemon");
	test_back(MGM_NAGIOS, "nagios");
	test_left_alone();
	test_forced_soon();
	test_no_interval();
	test_full();
	test_window();
	test_start();
	test_slices(MGM_NAEMON, "naemon");
	test_slices(MGM_NAGIOS, "nagios");
	test_held_meanwhile();
	test_bounds();
	return tap_done();
}
