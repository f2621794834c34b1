/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Results that the module makes itself: orphaned checks, check_dummy, from the core's loop and bounded. */
#include "events/own_results.h"

#include "events/checks.h"
#include "module_rig.h"

#define ORPHAN 4

static void settings(uint32_t host_orphans, uint32_t service_orphans, uint32_t dummy)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
	mgm_frame_u32(&frame, MGM_ID_HOSTS, 1);
	mgm_frame_u32(&frame, MGM_ID_SERVICES, 1);
	mgm_frame_u32(&frame, MGM_ID_DO_HOSTCHECKS, 1);
	mgm_frame_u32(&frame, MGM_ID_ORPHAN_HOST_CHECKS, host_orphans);
	mgm_frame_u32(&frame, MGM_ID_ORPHAN_SERVICE_CHECKS, service_orphans);
	mgm_frame_u32(&frame, MGM_ID_ORPHAN_RETURN, 3);
	mgm_frame_u32(&frame, MGM_ID_INTERNAL_CHECK_DUMMY, dummy);
	mgm_frame_text(&frame, MGM_ID_HOSTGROUP, "dmz");
	rig_tell(&frame);
}

static int initiate(bool service, const char *command, int options)
{
	void *event = fake_check_event(service, false, service ? rig_service : rig_host, command, options, 0);

	return service ? mgm_checks_service(M, event) : mgm_checks_host(M, event);
}

static void start(enum mgm_family family)
{
	rig_start(family);
	rig_connect(100);
}

static void test_orphan(enum mgm_family family)
{
	start(family);
	settings(1, 1, 0);
	CHECK(initiate(true, "/p/x", 0) == OVERRIDE && fake_io() == 0, "a normal check gets no result of ours");
	rig_next(MGM_MSG_SERVICE_CHECK);
	CHECK(initiate(true, "/p/x", ORPHAN) == OVERRIDE && rig_next(MGM_MSG_SERVICE_CHECK) != NULL,
	      "an orphaned check goes out again");
	CHECK(fake.result_count == 0 && RIG_EXECUTING(true) == 1, "nothing is applied inside the callback");
	fake_io();
	CHECK(fake.result_count == 1 && strcmp(fake.result.host, "h") == 0 && strcmp(fake.result.service, "s") == 0 &&
	          strcmp(fake.result.output,
	                 "(service check orphaned, is the mod-gearman worker on queue 'service' running?)\n") == 0,
	      "the text of a service");
	CHECK(fake.result.return_code == 3 && fake.result.check_type == 0 && fake.result.scheduled == 1 &&
	          fake.result.options == 0 && fake.result.latency == 0 && fake.result.exited_ok == 1 &&
	          fake.result.early_timeout == 0 && fake.result.reschedule == (family == MGM_NAGIOS) &&
	          fake.result.start.tv_sec == fake.now_us / 1000000 && fake.result.start.tv_usec == 0 &&
	          fake.result.finish.tv_sec == fake.result.start.tv_sec &&
	          strcmp(fake.result.source, "unknown internal source (voodoo, perhaps?)") == 0,
	      "active, scheduled, whole seconds, no latency, orphan_return");
	CHECK(fake_io() == 0, "once");
	fake_hostgroup("dmz", rig_host);
	settings(1, 0, 0);
	CHECK(initiate(true, "/p/x", ORPHAN) == OVERRIDE && fake_io() == 0, "orphan_service_checks=no");
	CHECK(initiate(false, "/p/x", ORPHAN) == OVERRIDE && fake_io() == 1 &&
	          strcmp(fake.result.output,
	                 "(host check orphaned, is the mod-gearman worker on queue 'hostgroup_dmz' running?)\n") == 0,
	      "the text of a host, with its queue");
	settings(0, 1, 0);
	CHECK(initiate(false, "/p/x", ORPHAN) == OVERRIDE && fake_io() == 0, "orphan_host_checks=no");
	rig_stop();
}

static void test_dummy(enum mgm_family family)
{
	start(family);
	settings(0, 0, 1);
	mgm_set_i32(fake.core.abi, rig_service, MGM_F_SERVICE_IS_BEING_FRESHENED, 1);
	CHECK(initiate(true, "/p/check_dummy 2 \"no good\"", 0) == OVERRIDE && rig_next(MGM_MSG_SERVICE_CHECK) == NULL,
	      "no job");
	CHECK(RIG_EXECUTING(true) == 0 && fake.stats_count == 1 &&
	          rig_get(true, MGM_F_SERVICE_IS_BEING_FRESHENED, MGM_F_HOST_IS_BEING_FRESHENED) == 0,
	      "not executing, counted, freshness mark cleared");
	fake_io();
	CHECK(fake.result_count == 1 && fake.result.return_code == 2 &&
	          strcmp(fake.result.output, "CRITICAL: no good\n") == 0,
	      "its result");
	M->settings.debug = true;
	CHECK(initiate(false, "/p/check_dummy 0 up", 0) == OVERRIDE && fake_io() == 1 &&
	          fake_logged("mod_gearman: using internal check dummy for cmd: '/p/check_dummy 0 up'\n") == 1 &&
	          strcmp(fake.result.output, "OK: up\n") == 0 && strcmp(fake.result.service, "(null)") == 0,
	      "of a host");
	CHECK(initiate(true, "/p/check_dummy 0 $x", 0) == OVERRIDE && rig_next(MGM_MSG_SERVICE_CHECK) != NULL,
	      "a shell has to look at it: a job");
	settings(0, 0, 0);
	CHECK(initiate(true, "/p/check_dummy 0 x", 0) == OVERRIDE && rig_next(MGM_MSG_SERVICE_CHECK) != NULL,
	      "internal_check_dummy=no");
	rig_stop();
}

static int adds_left;

static void add_one(void)
{
	if (adds_left-- > 0)
		mgm_own_results_add(M, "h", "s", 0, "again");
}

static void test_bounds(void)
{
	unsigned int added = 0;

	start(MGM_NAEMON);
	while (mgm_own_results_add(M, "h", NULL, 0, "x"))
		added++;
	CHECK(added == MGM_OWN_QUEUE_MAX, "no more than the bound");
	fake_io();
	CHECK(fake.result_count == (int)MGM_OWN_RESULTS_AT_ONCE, "some of them in one turn");
	fake.on_result = add_one;
	adds_left = 3;
	while (fake_io() > 0)
		;
	fake.on_result = NULL;
	CHECK(fake.result_count == (int)MGM_OWN_QUEUE_MAX + 3 && strcmp(fake.result.output, "again") == 0,
	      "the rest, in order, with what came meanwhile");
	mgm_own_results_add(M, "h", "s", 1, "at the end");
	mgm_own_results_end(M);
	CHECK(strcmp(fake.result.output, "at the end") == 0, "what waits at the end of the loop is applied");
	CHECK(!mgm_own_results_add(M, "h", "s", 1, "later"), "and nothing is taken afterwards");
	mgm_own_results_end(M);
	rig_stop();
}

static void test_scarce(void)
{
	start(MGM_NAEMON);
	mgm_own_results_end(M);
	fake.io_register_fails = 1;
	mgm_own_results_start(M);
	CHECK(fake_logged("ERROR - no descriptor for results of the module itself") == 1, "refused by the core: said so");
	fake.io_register_fails = 0;
	settings(1, 1, 1);
	CHECK(initiate(true, "/p/check_dummy 0 x", ORPHAN) == OVERRIDE && rig_next(MGM_MSG_SERVICE_CHECK) != NULL,
	      "then check_dummy is a job");
	mgm_own_results_start(M);
	for (int allocations = 0; allocations < 4; allocations++) {
		fake_allocations_left = allocations;
		CHECK(!mgm_own_results_add(M, "h", "s", 0, "x") && M->own_queue.count == 0, "no memory: not taken");
		fake_allocations_left = -1;
	}
	rig_stop();
}

int main(void)
{
	test_orphan(MGM_NAEMON);
	test_orphan(MGM_NAGIOS);
	test_dummy(MGM_NAEMON);
	test_dummy(MGM_NAGIOS);
	test_bounds();
	test_scarce();
	return tap_done();
}
