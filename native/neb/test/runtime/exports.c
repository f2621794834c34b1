/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Exports: which events, every field, before the settings and after the end of the loop. */
#include "events/exports.h"

#include <stddef.h>

#include "module_rig.h"

#define HIDE 206

static void settings(bool process, bool timed, bool log)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
	mgm_frame_u32(&frame, MGM_ID_SERVICES, 1);
	if (process)
		mgm_frame_u32(&frame, MGM_ID_EXPORT_PROCESS, HIDE);
	if (timed)
		mgm_frame_u32(&frame, MGM_ID_EXPORT_TIMED_EVENT, 1);
	if (log)
		mgm_frame_u32(&frame, MGM_ID_EXPORT_LOG, (uint32_t)-1);
	rig_tell(&frame);
}

static void *new_event(enum mgm_field type, int number)
{
	static max_align_t event[32];
	const struct mgm_abi *abi = fake.core.abi;

	memset(event, 0, sizeof(event));
	/* type, flags, attr and timestamp are neighbours in every event. */
	mgm_set_i32(abi, event, type, number);
	mgm_set_i32(abi, event, type + 1, 2);
	mgm_set_i32(abi, event, type + 2, -1);
	mgm_set_timeval(abi, event, type + 3, (struct timeval){ 1795247124, 729532 });
	return event;
}

static void *log_event(const char *line)
{
	void *event = new_event(MGM_F_NEBSTRUCT_LOG_DATA_TYPE, 300);

	mgm_set_i64(fake.core.abi, event, MGM_F_NEBSTRUCT_LOG_DATA_ENTRY_TIME, 1795247124);
	mgm_set_i32(fake.core.abi, event, MGM_F_NEBSTRUCT_LOG_DATA_DATA_TYPE, 262144);
	mgm_set_cstr(fake.core.abi, event, MGM_F_NEBSTRUCT_LOG_DATA_DATA, line);
	return event;
}

static void *process_event(int type)
{
	return new_event(MGM_F_NEBSTRUCT_PROCESS_DATA_TYPE, type);
}

static bool common(const struct mgm_message *got, uint32_t callback, uint32_t type)
{
	return got != NULL && mgm_msg_u32(got, MGM_ID_NEB_CALLBACK, 99) == callback &&
	       mgm_msg_u32(got, MGM_ID_NEB_TYPE, 0) == type && mgm_msg_u32(got, MGM_ID_NEB_FLAGS, 0) == 2 &&
	       mgm_msg_u32(got, MGM_ID_NEB_ATTR, 0) == (uint32_t)-1 &&
	       mgm_msg_i64(got, MGM_ID_TIMESTAMP, 0) == INT64_C(1795247124729532);
}

static void test_fields(void)
{
	const struct mgm_message *got;
	void *event;

	rig_start(MGM_NAGIOS);
	rig_connect(100);
	settings(true, true, true);
	CHECK(mgm_exports_process(M, process_event(106)) == HIDE, "the return code of its rule");
	CHECK(common(rig_next(MGM_MSG_EXPORT), 0, 106), "a process event");
	event = new_event(MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_TYPE, 202);
	mgm_set_i32(fake.core.abi, event, MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_EVENT_TYPE, 12);
	mgm_set_i32(fake.core.abi, event, MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_RECURRING, 1);
	mgm_set_i64(fake.core.abi, event, MGM_F_NEBSTRUCT_TIMED_EVENT_DATA_RUN_TIME, INT64_C(4102444800));
	CHECK(mgm_exports_timed_event(M, event) == 1, "a timed event, its code");
	got = rig_next(MGM_MSG_EXPORT);
	CHECK(common(got, 1, 202) && mgm_msg_u32(got, MGM_ID_EVENT_TYPE, 0) == 12 &&
	          mgm_msg_u32(got, MGM_ID_RECURRING, 0) == 1 && mgm_msg_i64(got, MGM_ID_RUN_TIME, 0) == INT64_C(4102444800),
	      "every field of it");
	CHECK(mgm_exports_log(M, log_event("a line")) == -1 && rig_next(MGM_MSG_EXPORT) == NULL,
	      "a log line is not sent from within the core's log");
	mgm_session_pump(M);
	got = rig_next(MGM_MSG_EXPORT);
	CHECK(common(got, 2, 300) && mgm_msg_i64(got, MGM_ID_ENTRY_TIME, 0) == 1795247124 &&
	          mgm_msg_u32(got, MGM_ID_DATA_TYPE, 0) == 262144 && rig_text(got, MGM_ID_DATA, "a line") &&
	          mgm_msg_i64(got, MGM_ID_SEQ, 0) == 3,
	      "but afterwards, with every field");
	mgm_exports_log(M, log_event(NULL));
	mgm_session_pump(M);
	CHECK(rig_text(rig_next(MGM_MSG_EXPORT), MGM_ID_DATA, ""), "a line that is NULL");
	settings(true, false, false);
	CHECK(mgm_exports_log(M, log_event("x")) == 0 && M->records.count == 0, "not what is not asked for");
	rig_stop();
}

static void test_before_settings(void)
{
	const struct mgm_message *got;

	rig_start(MGM_NAEMON);
	mgm_exports_log(M, log_event("Naemon successfully initialized"));
	mgm_exports_process(M, process_event(106));
	mgm_exports_log(M, log_event("second"));
	CHECK(M->records.count == 3, "kept until it is known what is exported");
	rig_connect(100);
	settings(false, false, true);
	got = rig_next(MGM_MSG_EXPORT);
	CHECK(got != NULL && rig_text(got, MGM_ID_DATA, "Naemon successfully initialized"), "then the log is sent");
	CHECK(rig_text(rig_next(MGM_MSG_EXPORT), MGM_ID_DATA, "second"), "in its order");
	CHECK(rig_next(MGM_MSG_EXPORT) == NULL && M->records.count == 0 && M->records.dropped == 0, "and nothing else");
	rig_stop();
	rig_start(MGM_NAEMON);
	fake.now_us += 31 * INT64_C(1000000);
	mgm_exports_log(M, log_event("late"));
	CHECK(M->records.count == 0, "a bridge that does not come up: nothing piles up");
	rig_stop();
	rig_start(MGM_NAEMON);
	mgm_exports_log(M, log_event("early"));
	mgm_session_end(M, false);
	CHECK(fake_logged("are lost") == 0, "an end before the settings: nothing was lost");
	rig_stop();
}

/* A core that is reloaded and ends at once, while the bridge of the load before is there. */
static void test_short_life(void)
{
	struct mgm_frame frame = { 0 };
	const struct mgm_message *got;

	rig_start(MGM_NAEMON);
	rig_connect(100);
	mgm_exports_log(M, log_event("the only line"));
	mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
	mgm_frame_u32(&frame, MGM_ID_EXPORT_LOG, 0);
	mgm_frame_end(&frame);
	CHECK(send(bridge, frame.data, frame.size, 0) == (ssize_t)frame.size && !M->policy.settings_known,
	      "the settings are under way when the loop ends");
	mgm_frame_free(&frame);
	mgm_session_await_settings(M);
	CHECK(mgm_exports_last_events(M), "they are waited for");
	mgm_session_end(M, true);
	got = rig_next(MGM_MSG_EXPORT);
	CHECK(got != NULL && rig_text(got, MGM_ID_DATA, "the only line"), "and nothing is lost");
	rig_stop();
	rig_start(MGM_NAEMON);
	mgm_exports_log(M, log_event("x"));
	mgm_session_await_settings(M);
	CHECK(!M->policy.settings_known && M->records.count == 1, "without a connection there is nothing to wait for");
	rig_connect(100);
	mgm_session_await_settings(M);
	CHECK(!M->policy.settings_known && M->link.state == MGM_LINK_UP,
	      "a bridge that says nothing does not keep the core");
	rig_stop();
}

/* A line of the core's log that is written while the list is being changed, as by Nagios' signal handler. */
static void test_in_the_middle(void)
{
	rig_start(MGM_NAGIOS);
	rig_connect(100);
	settings(false, false, true);
	M->records.busy = 1;
	mgm_exports_log(M, log_event("Caught SIGTERM, shutting down..."));
	M->records.busy = 0;
	CHECK(M->records.count == 0 && M->records.dropped == 1, "is dropped and counted");
	rig_stop();
}

static void test_last_events(void)
{
	const struct mgm_message *got;

	rig_start(MGM_NAEMON);
	rig_connect(100);
	settings(true, false, true);
	CHECK(mgm_exports_last_events(M), "process events and lines come after the loop");
	mgm_exports_process(M, process_event(106));
	mgm_session_end(M, true);
	CHECK(M->ending && fake.io_registered == 0, "the connection is open, out of the core's set");
	mgm_exports_process(M, process_event(103));
	mgm_exports_log(M, log_event("Successfully shutdown"));
	mgm_session_close(M);
	CHECK(common(rig_next(MGM_MSG_EXPORT), 0, 106), "end of the loop");
	got = rig_next(MGM_MSG_EXPORT);
	CHECK(common(got, 0, 103), "end of the core");
	CHECK(rig_text(rig_next(MGM_MSG_EXPORT), MGM_ID_DATA, "Successfully shutdown"), "the last line");
	got = rig_next(MGM_MSG_BYE);
	CHECK(got != NULL && mgm_msg_u32(got, MGM_ID_REASON, 0) == MGM_BYE_SHUTDOWN && !M->ending, "then BYE");
	rig_stop();
	rig_start(MGM_NAEMON);
	rig_connect(100);
	settings(true, false, false);
	rig_cut();
	mgm_exports_process(M, process_event(106));
	mgm_session_end(M, true);
	CHECK(!M->ending && fake_logged("ERROR - 1 records of performance data and exports are lost") == 1,
	      "without a bridge they are lost, and the log says so");
	rig_stop();
}

static void test_no_results_at_the_end(void)
{
	const struct mgm_message *got;

	rig_start(MGM_NAEMON);
	rig_connect(100);
	settings(false, false, true);
	mgm_session_end(M, true);
	got = rig_next(MGM_MSG_WINDOW);
	CHECK(got != NULL && mgm_msg_u32(got, MGM_ID_WINDOW, 9) == 0, "the bridge sends no more results");
	rig_stop();
}

int main(void)
{
	test_fields();
	test_before_settings();
	test_short_life();
	test_in_the_middle();
	test_last_events();
	test_no_results_at_the_end();
	return tap_done();
}
