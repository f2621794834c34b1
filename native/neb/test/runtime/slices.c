/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Large amounts of work in slices, by the fake clock: 20,000 checks given back, 200,000 results, thousands of waiting
 * events when a window opens. No callback may take a millisecond, and timed events go on.
 */
#include "events/answers.h"
#include "events/session.h"

#include <stdlib.h>

#include "module_rig.h"

#define CHECKS 20000
#define RESULTS 200000
#define CALL_MAX_US 1000
/* What the core's own functions cost here. */
#define SCHEDULE_US 5
#define RESULT_US 20

static void *objects;
static unsigned char released[CHECKS];
static size_t release_count;

static void *object_at(size_t i)
{
	return (char *)objects + i * fake.core.abi->size[MGM_S_SERVICE];
}

static void *find_many(const char *host, const char *description)
{
	size_t i = strtoul(description, NULL, 10);

	return strcmp(host, "many") == 0 && i < CHECKS ? object_at(i) : NULL;
}

static void schedule_many(void *object, int64_t when, int options)
{
	size_t i = (size_t)((char *)object - (char *)objects) / fake.core.abi->size[MGM_S_SERVICE];

	(void)when;
	(void)options;
	fake.now_us += SCHEDULE_US;
	released[i]++;
	release_count++;
}

/* All of them sent to the bridge, or waiting for its window, and executing. */
static void take_many(void)
{
	mgm_pending_init(&M->pending, MGM_PENDING_MAX_EVENTS, MGM_PENDING_MAX_BYTES);
	objects = calloc(CHECKS, fake.core.abi->size[MGM_S_SERVICE]);
	memset(released, 0, sizeof(released));
	release_count = 0;
	M->core.find_service = find_many;
	M->core.schedule_service_check = schedule_many;
	for (size_t i = 0; i < CHECKS; i++) {
		char description[16];
		struct mgm_event_info info = { MGM_EVENT_SERVICE_CHECK, 0, object_at(i), "many", description };
		struct mgm_frame frame = { 0 };

		snprintf(description, sizeof(description), "%zu", i);
		mgm_frame_begin(&frame, MGM_MSG_SERVICE_CHECK);
		mgm_frame_i64(&frame, MGM_ID_SEQ, 0);
		mgm_frame_end(&frame);
		mgm_pending_add(&M->pending, &info, frame.data, frame.size);
		mgm_frame_free(&frame);
		mgm_set_i32(fake.core.abi, object_at(i), MGM_F_SERVICE_IS_EXECUTING, 1);
		mgm_owned_add(&M->owned, mgm_owned_entry(object_at(i), true));
	}
}

static void test_give_back(enum mgm_family family, const char *name)
{
	int64_t longest = 0, before;
	size_t once = 0, turns = 0;
	int idle;

	rig_start(family);
	idle = fake.io_registered;
	rig_connect(4096);
	rig_settings(0, 0, 0);
	fake_largest_allocation = 0;
	take_many();
	mgm_session_pump(M);
	CHECK(fake_largest_allocation == CHECKS * fake.core.abi->size[MGM_S_SERVICE],
	      "%s: of the heap of the core no more than the test's own objects", name);
	CHECK(M->pending.count == CHECKS && M->pending.sent == 4096, "%s: %d checks without an answer", name, CHECKS);
	before = fake.now_us;
	rig_cut();
	CHECK(release_count > 0 && release_count < 200 && fake.now_us - before < CALL_MAX_US,
	      "%s: the call that notices the loss gives back %zu", name, release_count);
	for (; release_count < CHECKS && turns < CHECKS; turns++) {
		before = fake.now_us;
		if (fake_io() == 0)
			fake_time(0);
		longest = fake.now_us - before > longest ? fake.now_us - before : longest;
	}
	for (size_t i = 0; i < CHECKS; i++)
		once += released[i] == 1 && mgm_get_i32(fake.core.abi, object_at(i), MGM_F_SERVICE_IS_EXECUTING) == 0;
	CHECK(once == CHECKS && M->pending.count == 0 && M->pending.bytes == 0, "%s: each is given back once", name);
	CHECK(longest < CALL_MAX_US && turns > 100, "%s: in %zu turns, the longest takes %lld us", name, turns,
	      (long long)longest);
	fake_time(0);
	CHECK(fake_logged("20000 unanswered checks were given back to the core") == 1, "%s: logged once", name);
	mgm_pulse_stop(&M->hurry);
	CHECK(fake.io_registered == idle && fake.timer_count == 0, "%s: nothing is left in the loop", name);
	rig_stop();
	free(objects);
}

/* A connection that is back before all are given back must not get checks that are about to be released. */
static void test_back_early(void)
{
	rig_start(MGM_NAEMON);
	rig_connect(4096);
	rig_settings(0, 0, 0);
	take_many();
	mgm_session_pump(M);
	rig_cut();
	fake_time(0);
	CHECK(release_count > 0 && release_count < CHECKS, "some are given back");
	rig_connect(4096);
	rig_settings(0, 0, 0);
	CHECK(mgm_session_phase(M) == MGM_PHASE_AWAY && rig_next(MGM_MSG_SERVICE_CHECK) == NULL,
	      "the new bridge gets no check yet");
	while (release_count < CHECKS && fake_time(0) > 0)
		;
	CHECK(mgm_session_phase(M) == MGM_PHASE_READY && release_count == CHECKS, "and gets them when all are");
	rig_stop();
	free(objects);
}

static void test_end(void)
{
	int idle;

	rig_start(MGM_NAGIOS);
	idle = fake.io_registered;
	rig_connect(4096);
	rig_settings(0, 0, 0);
	take_many();
	mgm_session_pump(M);
	rig_cut();
	mgm_pulse_stop(&M->hurry);
	fake_io();
	CHECK(release_count > 0 && release_count < CHECKS && fake.io_registered == idle + 1, "Nagios: some are given back");
	M->looping = true;
	mgm_session_end(M, false);
	CHECK(fake.io_registered == 0 && M->pending.count == 0,
	      "the end of the loop leaves no descriptor and no event behind");
	rig_stop();
	free(objects);
}

/* The bridge was back before all were given back: what waits behind them is still sent. */
static void test_end_early(void)
{
	struct mgm_event_info info = { MGM_EVENT_HANDLER, 0, NULL, "many", NULL };
	struct mgm_frame frame = { 0 };
	struct mgm_event_info record = { MGM_EVENT_PERFDATA, 0, NULL, NULL, NULL };

	rig_start(MGM_NAEMON);
	rig_connect(4096);
	rig_settings(0, 0, 0);
	take_many();
	M->pending.max_events += 2;
	mgm_frame_begin(&frame, MGM_MSG_EVENT_HANDLER);
	mgm_frame_i64(&frame, MGM_ID_SEQ, 0);
	mgm_frame_end(&frame);
	CHECK(mgm_pending_add(&M->pending, &info, frame.data, frame.size), "an event handler behind them");
	mgm_frame_begin(&frame, MGM_MSG_PERFDATA);
	mgm_frame_i64(&frame, MGM_ID_SEQ, 0);
	mgm_frame_end(&frame);
	CHECK(mgm_pending_add(&M->pending, &record, frame.data, frame.size), "and a record");
	mgm_frame_free(&frame);
	mgm_session_pump(M);
	rig_cut();
	rig_connect(4096);
	rig_settings(0, 0, 0);
	CHECK(release_count < CHECKS && M->totals.handlers_sent == 0, "they are not given back yet");
	mgm_session_end(M, false);
	CHECK(M->totals.handlers_sent == 1 && M->totals.records_sent == 1, "both are sent at the end");
	CHECK(M->totals.checks_sent == 4096, "and no check any more");
	rig_stop();
	free(objects);
}

static void on_result(void)
{
	fake.now_us += RESULT_US;
}

static size_t encode_result(uint8_t *to, int64_t number)
{
	struct mgm_frame frame = { 0 };
	uint8_t id[MGM_RESULT_ID_BYTES] = { 0 };
	size_t size;

	/* As varied as the end of a hash. */
	memcpy(id, &number, sizeof(number));
	memcpy(id + 14, &number, 2);
	mgm_frame_begin(&frame, MGM_MSG_RESULT);
	mgm_frame_i64(&frame, MGM_ID_SEQ, number);
	mgm_frame_bytes(&frame, MGM_ID_RESULT_ID, id, sizeof(id));
	mgm_frame_text(&frame, MGM_ID_HOST_NAME, "h");
	mgm_frame_text(&frame, MGM_ID_SERVICE_DESCRIPTION, "s");
	for (enum mgm_id field = MGM_ID_CHECK_TYPE; field <= MGM_ID_SCHEDULED_CHECK; field++)
		mgm_frame_u32(&frame, field, 0);
	mgm_frame_u32(&frame, MGM_ID_CHECK_OPTIONS, 0);
	for (enum mgm_id field = MGM_ID_START_TIME; field <= MGM_ID_LATENCY; field++)
		mgm_frame_i64(&frame, field, 0);
	mgm_frame_text(&frame, MGM_ID_OUTPUT, "OK - some output of a plugin that is not quite short|a=1 b=2");
	mgm_frame_end(&frame);
	size = frame.size;
	memcpy(to, frame.data, size);
	mgm_frame_free(&frame);
	return size;
}

/* A bridge that always has as many results under way as the window allows. */
static void keep_full(int64_t *sent, int64_t *acknowledged)
{
	static uint8_t burst[MGM_RESULT_WINDOW * 512];
	const struct mgm_message *done;
	size_t size = 0;

	while ((done = rig_next(MGM_MSG_RESULT_DONE)) != NULL)
		*acknowledged = mgm_msg_i64(done, MGM_ID_SEQ, 0);
	while (*sent < RESULTS && *sent - *acknowledged < (int64_t)MGM_RESULT_WINDOW)
		size += encode_result(burst + size, ++*sent);
	if (size > 0 && send(bridge, burst, size, MSG_DONTWAIT) != (ssize_t)size)
		CHECK(false, "the test could not send");
}

static void test_flood(enum mgm_family family, const char *name)
{
	int64_t sent = 0, acknowledged = 0, longest = 0, since_timed = 0, starved = 0;
	size_t timed = 0;

	rig_start(family);
	rig_connect(10);
	rig_settings(0, 0, 0);
	fake.on_result = on_result;
	while (acknowledged < RESULTS) {
		int64_t before = fake.now_us;

		keep_full(&sent, &acknowledged);
		/* Naemon: timed events only in a turn without input. Nagios: in every turn. */
		if (fake_io() == 0 || family == MGM_NAGIOS) {
			timed++;
			since_timed = 0;
			fake_time(0);
		}
		longest = fake.now_us - before > longest ? fake.now_us - before : longest;
		since_timed += fake.now_us - before;
		starved = since_timed > starved ? since_timed : starved;
	}
	CHECK(fake.result_count == RESULTS, "%s: %d results are absorbed", name, RESULTS);
	CHECK(longest <= CALL_MAX_US + RESULT_US, "%s: a batch stops after a millisecond (%lld us)", name,
	      (long long)longest);
	CHECK(starved <= 2 * (CALL_MAX_US + RESULT_US) && timed > RESULTS / 100,
	      "%s: timed events run all the time, at the latest after %lld us", name, (long long)starved);
	rig_stop();
}

/* A clock that moves at every look at it: sending costs time, too. */
static int64_t ticking(void *arg)
{
	(void)arg;
	return fake.now_us += 10;
}

static void test_window_opens(void)
{
	static const struct mgm_clock ticking_clock = { ticking, ticking, NULL };
	int64_t before;

	rig_start(MGM_NAEMON);
	rig_connect(0);
	rig_settings(0, 0, 0);
	take_many();
	M->clock = &ticking_clock;
	before = fake.now_us;
	rig_tell_u32(MGM_MSG_WINDOW, MGM_ID_WINDOW, 3000);
	CHECK(M->pending.sent > 0 && M->pending.sent < 200 && fake.now_us - before < CALL_MAX_US,
	      "a window of 3000 opens: the call sends %zu", M->pending.sent);
	for (int turns = 0; turns < 1000 && M->pending.sent < 3000; turns++) {
		while (rig_next(MGM_MSG_SERVICE_CHECK) != NULL)
			;
		if (fake_io() == 0)
			fake_time(0);
	}
	CHECK(M->pending.sent == 3000, "the next turns send the rest");
	M->clock = &fake_clock;
	rig_stop();
	free(objects);
}

static void *find_slowly(const char *name)
{
	fake.now_us++;
	return fake.now_us > 0 && *name == 'g' ? objects : NULL;
}

/* As many groups as settings may name, each looked for in the core. */
static void many_groups(void)
{
	struct mgm_frame frame = { 0 };
	struct mgm_message message;
	size_t used;

	mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
	mgm_frame_u32(&frame, MGM_ID_SERVICES, 1);
	for (int i = 0; i < (int)MGM_SETTINGS_MAX_GROUPS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "g%d", i);
		mgm_frame_text(&frame, i % 2 == 0 ? MGM_ID_HOSTGROUP : MGM_ID_LOCALSERVICEGROUP, name);
	}
	CHECK(mgm_frame_end(&frame) && mgm_frame_decode(frame.data, frame.size, &message, &used) == MGM_FRAME_OK,
	      "settings with %u groups", MGM_SETTINGS_MAX_GROUPS);
	mgm_answers_handle(M, &message);
	mgm_frame_free(&frame);
}

static void test_settings(enum mgm_family family, const char *name)
{
	int64_t before, longest;
	int turns = 0;

	rig_start(family);
	objects = calloc(1, 1);
	M->core.find_hostgroup = M->core.find_servicegroup = find_slowly;
	rig_connect(10);
	before = fake.now_us;
	many_groups();
	longest = fake.now_us - before;
	CHECK(!M->policy.linked && M->settings_unfinished, "%s: not in effect yet", name);
	for (; turns < 1000 && !M->policy.linked; turns++) {
		before = fake.now_us;
		if (fake_io() == 0)
			fake_time(0);
		longest = fake.now_us - before > longest ? fake.now_us - before : longest;
	}
	CHECK(M->policy.linked && turns > 10 && M->settings.hostgroup.found == MGM_SETTINGS_MAX_GROUPS / 2 &&
	          M->settings.localservicegroup.group[MGM_SETTINGS_MAX_GROUPS / 2 - 1] == objects,
	      "%s: all groups are found after %d turns", name, turns);
	CHECK(longest < CALL_MAX_US / 2, "%s: in slices (%lld us)", name, (long long)longest);
	many_groups();
	rig_cut();
	for (turns = 0; turns < 100; turns++)
		if (fake_io() == 0)
			fake_time(0);
	CHECK(!M->policy.linked && !M->settings_unfinished, "%s: a lost connection ends it", name);
	rig_stop();
	free(objects);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_give_back(MGM_NAEMON, "Naemon");
	test_give_back(MGM_NAGIOS, "Nagios");
	test_back_early();
	test_end();
	test_end_early();
	test_flood(MGM_NAEMON, "Naemon");
	test_flood(MGM_NAGIOS, "Nagios");
	test_window_opens();
	test_settings(MGM_NAEMON, "Naemon");
	test_settings(MGM_NAGIOS, "Nagios");
	return tap_done();
}
