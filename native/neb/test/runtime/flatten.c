/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Late checks are moved apart: by how much, in both cores' ways, and which are left alone (neb-module.md 2.11). */
#include "events/flatten.h"

#include <math.h>
#include <stdlib.h>

#include "module_rig.h"

#define PLANNED 1700000100
#define ALLOW_POSTPONE 16

/* What Nagios' event queue was asked for. */
static void *removed, *added;
static int64_t added_at;

static void remove_event(void *queue, void *event)
{
	(void)queue;
	removed = event;
}

static void add_event(void *queue, void *event)
{
	(void)queue;
	added = event;
	added_at = mgm_get_i64(fake.core.abi, event, MGM_F_TIMED_EVENT_RUN_TIME);
}

static void settings(uint32_t window)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
	mgm_frame_u32(&frame, MGM_ID_LATENCY_FLATTEN_WINDOW, window);
	rig_tell(&frame);
}

static void start(enum mgm_family family, uint32_t window)
{
	rig_start(family);
	mgm_set_i64(fake.core.abi, rig_service, MGM_F_SERVICE_NEXT_CHECK, PLANNED);
	mgm_set_i64(fake.core.abi, rig_host, MGM_F_HOST_NEXT_CHECK, PLANNED);
	M->core.remove_event = remove_event;
	M->core.add_event = add_event;
	removed = added = NULL;
	rig_connect(10);
	settings(window);
}

static void *processed(bool service, double latency)
{
	const struct mgm_abi *abi = fake.core.abi;
	void *event = fake_check_event(service, false, service ? rig_service : rig_host, "x", 0, 0);

	mgm_set_i32(
		abi, event, service ? MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_TYPE : MGM_F_NEBSTRUCT_HOST_CHECK_DATA_TYPE,
		mgm_constant(abi, service ? MGM_C_NEBTYPE_SERVICECHECK_PROCESSED : MGM_C_NEBTYPE_HOSTCHECK_PROCESSED, 0));
	mgm_set_f64(abi,
	            mgm_get_ptr(abi, event,
	                        service ? MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_CHECK_RESULT_PTR
	                                : MGM_F_NEBSTRUCT_HOST_CHECK_DATA_CHECK_RESULT_PTR),
	            MGM_F_CHECK_RESULT_LATENCY, latency);
	return event;
}

static int flatten(bool service, double latency)
{
	return service ? mgm_flatten_service(M, processed(service, latency))
	               : mgm_flatten_host(M, processed(service, latency));
}

static void test_delay(void)
{
	static const struct {
		double latency;
		uint32_t window;
		int64_t last;
	} rows[] = { { 1, 30, 4 },      { 5.9, 30, 4 }, { 6, 30, 5 },  { 20.5, 30, 19 }, { 1000, 30, 29 },
		         { 1e300, 30, 29 }, { 1, 3, 2 },    { 100, 2, 1 }, { 100, 1, 1 },    { 2, 5, 4 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t first = 1000, last = 0;

		for (uint64_t random = 0; random < 1000; random++) {
			int64_t delay = mgm_flatten_delay(rows[i].latency, rows[i].window, random);

			first = delay < first ? delay : first;
			last = delay > last ? delay : last;
		}
		CHECK(first == 1 && last == rows[i].last, "latency %g, window %u: 1 to %d", rows[i].latency, rows[i].window,
		      (int)rows[i].last);
	}
}

static void test_naemon(void)
{
	bool seen[30] = { false };
	int different = 0;

	start(MGM_NAEMON, 30);
	CHECK(flatten(true, 0.99) == 0 && flatten(true, NAN) == 0 && fake.schedule_count == 0, "in time: left alone");
	for (int i = 0; i < 40; i++) {
		fake.schedule_count = 0;
		CHECK(flatten(i % 2 == 0, 100) == 0 && fake.schedule_count == 1 &&
		          fake.schedule[0].object == (i % 2 == 0 ? rig_service : rig_host) &&
		          fake.schedule[0].options == ALLOW_POSTPONE && fake.schedule[0].when > PLANNED &&
		          fake.schedule[0].when < PLANNED + 30,
		      "late: asked to come later");
		seen[(fake.schedule[0].when - PLANNED) % 30] = true;
	}
	for (int i = 0; i < 30; i++)
		different += seen[i];
	CHECK(different > 10, "by different times (%d)", different);
	fake.schedule_count = 0;
	mgm_set_f64(fake.core.abi, rig_service, MGM_F_SERVICE_CHECK_INTERVAL, 0);
	CHECK(flatten(true, 100) == 0 && fake.schedule_count == 0, "not checked regularly: left alone");
	CHECK(mgm_flatten_host(M, fake_check_event(false, false, rig_host, "x", 0, 100)) == 0 && fake.schedule_count == 0,
	      "only results that were processed");
	CHECK(fake_logged("delayed") == 0, "no line of debugging");
	M->settings.debug = true;
	mgm_set_f64(fake.core.abi, rig_service, MGM_F_SERVICE_CHECK_INTERVAL, 5);
	M->settings.latency_flatten_window = 1;
	CHECK(flatten(true, 100) == 0 &&
	          fake_logged("mod_gearman: delayed service h - s by 1 seconds (latency: 100.000s)\n") == 1,
	      "delayed service");
	CHECK(flatten(false, 2.5) == 0 && fake_logged("mod_gearman: delayed host h by 1 seconds (latency: 2.500s)\n") == 1,
	      "delayed host");
	fake.schedule_count = 0;
	settings(0);
	CHECK(flatten(false, 100) == 0 && fake.schedule_count == 0, "switched off");
	rig_stop();
}

static void test_nagios(void)
{
	const struct mgm_abi *abi;
	void *event;
	int64_t next;

	start(MGM_NAGIOS, 30);
	abi = fake.core.abi;
	CHECK(flatten(true, 10) == 0 && removed == NULL && added == NULL, "an object without an event");
	event = calloc(1, abi->size[MGM_S_TIMED_EVENT]);
	mgm_set_i64(abi, event, MGM_F_TIMED_EVENT_RUN_TIME, PLANNED);
	mgm_set_ptr(abi, rig_service, MGM_F_SERVICE_NEXT_CHECK_EVENT, event);
	CHECK(flatten(true, 10) == 0 && removed == event && added == event, "the event is taken out and put in again");
	next = mgm_get_i64(abi, rig_service, MGM_F_SERVICE_NEXT_CHECK);
	CHECK(added_at == next && next > PLANNED && next < PLANNED + 10, "with event and object at the same later time");
	CHECK(fake.schedule_count == 0, "schedule_service_check() would be ignored");
	mgm_set_ptr(abi, rig_service, MGM_F_SERVICE_NEXT_CHECK_EVENT, NULL);
	mgm_set_ptr(abi, rig_host, MGM_F_HOST_NEXT_CHECK_EVENT, event);
	CHECK(flatten(false, 10) == 0 && mgm_get_i64(abi, rig_host, MGM_F_HOST_NEXT_CHECK) > PLANNED, "hosts too");
	mgm_set_ptr(abi, rig_host, MGM_F_HOST_NEXT_CHECK_EVENT, NULL);
	free(event);
	rig_stop();
}

static void test_odd(void)
{
	const struct mgm_abi *abi;
	void *event;

	start(MGM_NAEMON, 30);
	abi = fake.core.abi;
	event = processed(true, 10);
	mgm_set_ptr(abi, event, MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_OBJECT_PTR, NULL);
	CHECK(mgm_flatten_service(M, event) == -1 &&
	          fake_logged("Service result handler received NULL service object pointer.") == 1,
	      "no object");
	event = processed(false, 10);
	mgm_set_ptr(abi, event, MGM_F_NEBSTRUCT_HOST_CHECK_DATA_CHECK_RESULT_PTR, NULL);
	CHECK(mgm_flatten_host(M, event) == -1 &&
	          fake_logged("Host result handler received NULL check result object pointer.") == 1,
	      "no result");
	rig_stop();
}

int main(void)
{
	test_delay();
	test_naemon();
	test_nagios();
	test_odd();
	return tap_done();
}
