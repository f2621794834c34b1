/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Memory and descriptors run out at every possible place: nothing is lost, nothing counts as done that is not. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "events/answers.h"
#include "events/checks.h"
#include "events/eventhandler.h"
#include "module_rig.h"

/* More allocations than any step below makes. */
#define STEPS 24

static void ready(enum mgm_family family)
{
	rig_start(family);
	rig_connect(10);
	rig_settings(0, 0, 0);
}

static void build_result(struct mgm_frame *frame, int64_t seq, char id)
{
	char result_id[MGM_RESULT_ID_BYTES];

	memset(result_id, id, sizeof(result_id));
	mgm_frame_begin(frame, MGM_MSG_RESULT);
	mgm_frame_i64(frame, MGM_ID_SEQ, seq);
	mgm_frame_bytes(frame, MGM_ID_RESULT_ID, result_id, sizeof(result_id));
	mgm_frame_text(frame, MGM_ID_HOST_NAME, "h");
	mgm_frame_text(frame, MGM_ID_SERVICE_DESCRIPTION, "s");
	for (enum mgm_id field = MGM_ID_CHECK_TYPE; field <= MGM_ID_SCHEDULED_CHECK; field++)
		mgm_frame_u32(frame, field, 0);
	mgm_frame_u32(frame, MGM_ID_CHECK_OPTIONS, 0);
	for (enum mgm_id field = MGM_ID_START_TIME; field <= MGM_ID_LATENCY; field++)
		mgm_frame_i64(frame, field, 0);
	mgm_frame_text(frame, MGM_ID_OUTPUT, "fine");
	mgm_frame_end(frame);
}

/* Two results in one go, `allocations` of which succeed. */
static void tell_two(int64_t seq, int allocations)
{
	struct mgm_frame one = { 0 }, two = { 0 };

	build_result(&one, seq, 'a');
	build_result(&two, seq + 1, 'b');
	if (send(bridge, one.data, one.size, 0) != (ssize_t)one.size ||
	    send(bridge, two.data, two.size, 0) != (ssize_t)two.size)
		CHECK(false, "the test could not send");
	mgm_frame_free(&one);
	mgm_frame_free(&two);
	fake_allocations_left = allocations;
	fake_io();
	fake_allocations_left = -1;
}

static int64_t acknowledged(void)
{
	int64_t last = 0;

	for (const struct mgm_message *m = rig_next(MGM_MSG_RESULT_DONE); m != NULL; m = rig_next(MGM_MSG_RESULT_DONE))
		last = mgm_msg_i64(m, MGM_ID_SEQ, 0);
	return last;
}

static void test_results(enum mgm_family family, const char *name)
{
	bool honest = true, once = true;
	int failures = 0;

	for (int n = 0; n < STEPS; n++) {
		int64_t done;

		ready(family);
		tell_two(1, n);
		done = acknowledged();
		honest = honest && done <= fake.result_count;
		if (fake.result_count < 2) {
			failures++;
			rig_stop_bridge();
			rig_connect(10);
			rig_settings(0, 0, 0);
			tell_two(1, -1);
		}
		if (done < 2) {
			mgm_session_tick(M); /* without memory for the answer it comes now */
			done = acknowledged();
		}
		once = once && fake.result_count == 2 && done == 2;
		rig_stop();
	}
	CHECK(honest, "%s: without memory no result is acknowledged that the core does not have", name);
	CHECK(once && failures > 0 && failures < STEPS,
	      "%s: sent again, each is applied once (%d of %d runs without memory)", name, failures, STEPS);
}

/* A check is either ours, and can be given back, or the core's. */
static void test_checks(enum mgm_family family, const char *name)
{
	bool whole = true;
	int refused = 0;

	for (int n = 0; n < STEPS; n++) {
		void *data;
		int rc;

		ready(family);
		data = fake_check_event(true, false, rig_service, "/bin/x", 0, 0);
		fake_allocations_left = n;
		rc = mgm_checks_service(M, data);
		fake_allocations_left = -1;
		if (M->pending.count == 1) {
			rig_cut();
			whole = whole && rc == OVERRIDE && fake.schedule_count == 1;
		} else {
			refused++;
			whole = whole && rc == (family == MGM_NAEMON ? CANCEL : OVERRIDE) &&
			        fake.schedule_count == (family == MGM_NAGIOS);
		}
		whole = whole && RIG_EXECUTING(true) == 0;
		rig_stop();
	}
	CHECK(whole && refused > 0 && refused < STEPS,
	      "%s: without memory a check is not taken; one that is can be given back (%d of %d refused)", name, refused,
	      STEPS);
}

static void test_lost(void)
{
	struct mgm_frame frame = { 0 };

	ready(MGM_NAEMON);
	mgm_checks_service(M, fake_check_event(true, false, rig_service, "/bin/x", 0, 0));
	mgm_frame_begin(&frame, MGM_MSG_CHECK_LOST);
	mgm_frame_text(&frame, MGM_ID_HOST_NAME, "h");
	mgm_frame_text(&frame, MGM_ID_SERVICE_DESCRIPTION, "s");
	mgm_frame_text(&frame, MGM_ID_TEXT, "gone");
	mgm_frame_end(&frame);
	if (send(bridge, frame.data, frame.size, 0) != (ssize_t)frame.size)
		CHECK(false, "the test could not send");
	mgm_frame_free(&frame);
	fake_allocations_left = 1; /* to read it */
	fake_io();
	fake_allocations_left = -1;
	CHECK(RIG_EXECUTING(true) == 0 && fake.schedule_count == 1, "a lost check is given back without memory too");
	rig_stop();
}

static void test_settings(void)
{
	bool whole = true;
	int failed = 0;

	for (int n = 0; n < STEPS; n++) {
		rig_start(MGM_NAGIOS);
		rig_connect(10);
		fake_allocations_left = n;
		rig_settings(0, 0, 0);
		fake_allocations_left = -1;
		failed += !M->policy.settings_known;
		whole = whole && M->policy.settings_known == M->settings.services &&
		        M->settings.hostgroup.count == (M->policy.settings_known ? 1 : 0);
		rig_stop();
	}
	CHECK(whole && failed > 0 && failed < STEPS, "settings are taken as a whole or not at all (%d of %d not)", failed,
	      STEPS);
}

/* The output watch needs a descriptor of its own; without one the tick sends what is waiting. */
static void test_descriptors(void)
{
	struct rlimit before, none;
	static uint8_t big[400000];
	struct mgm_frame frame = { 0 };
	size_t received = 0, sent;
	ssize_t got;

	ready(MGM_NAEMON);
	while (rig_next(MGM_MSG_PING) != NULL)
		;
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	mgm_frame_begin(&frame, MGM_MSG_LOG);
	mgm_frame_bytes(&frame, MGM_ID_TEXT, big, sizeof(big));
	mgm_frame_end(&frame);
	sent = frame.size;
	mgm_link_send(&M->link, frame.data, frame.size);
	CHECK(M->link.state == MGM_LINK_UP && !M->link.dead && M->link.out_fd < 0 && M->link.out.size > 0,
	      "no descriptor left for a backlog: the connection stays");
	while (received < sent) {
		while ((got = recv(bridge, big, sizeof(big), MSG_DONTWAIT)) > 0)
			received += (size_t)got;
		mgm_link_tick(&M->link);
		if (M->link.state != MGM_LINK_UP)
			break;
	}
	setrlimit(RLIMIT_NOFILE, &before);
	CHECK(received == sent && M->link.out.size == 0, "what waited is sent");
	mgm_frame_free(&frame);
	rig_stop();
}

int main(void)
{
	test_results(MGM_NAEMON, "Naemon");
	test_results(MGM_NAGIOS, "Nagios");
	test_checks(MGM_NAEMON, "Naemon");
	test_checks(MGM_NAGIOS, "Nagios");
	test_lost();
	test_settings();
	test_descriptors();
	return tap_done();
}
