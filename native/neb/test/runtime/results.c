/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Results into the core: every member, counters, duplicates, re-entrancy, acknowledgement. */
#include "events/checks.h"
#include "events/eventhandler.h"
#include "module_rig.h"

struct row {
	uint8_t id;
	const char *host, *service, *output, *source;
	uint32_t passive, options, scheduled, code, exited_ok, early;
	int64_t start, finish, latency;
};

static const struct row plain = {
	1, "h", "s", "OK\nmore|a=1", "w", 0, 0, 1, 2, 1, 0, 1700000000250000, 1700000001000001, 125000
};

static void tell(int64_t seq, const struct row *row)
{
	struct mgm_frame frame = { 0 };
	uint8_t id[MGM_RESULT_ID_BYTES] = { 0 };

	id[0] = row->id;
	mgm_frame_begin(&frame, MGM_MSG_RESULT);
	mgm_frame_i64(&frame, MGM_ID_SEQ, seq);
	mgm_frame_bytes(&frame, MGM_ID_RESULT_ID, id, sizeof(id));
	mgm_frame_text(&frame, MGM_ID_HOST_NAME, row->host);
	mgm_frame_text(&frame, MGM_ID_SERVICE_DESCRIPTION, row->service);
	mgm_frame_u32(&frame, MGM_ID_CHECK_TYPE, row->passive);
	mgm_frame_u32(&frame, MGM_ID_CHECK_OPTIONS, row->options);
	mgm_frame_u32(&frame, MGM_ID_SCHEDULED_CHECK, row->scheduled);
	mgm_frame_u32(&frame, MGM_ID_RETURN_CODE, row->code);
	mgm_frame_u32(&frame, MGM_ID_EXITED_OK, row->exited_ok);
	mgm_frame_u32(&frame, MGM_ID_EARLY_TIMEOUT, row->early);
	mgm_frame_i64(&frame, MGM_ID_START_TIME, row->start);
	mgm_frame_i64(&frame, MGM_ID_FINISH_TIME, row->finish);
	mgm_frame_i64(&frame, MGM_ID_LATENCY, row->latency);
	mgm_frame_text(&frame, MGM_ID_SOURCE, row->source);
	mgm_frame_text(&frame, MGM_ID_OUTPUT, row->output);
	rig_tell(&frame);
}

static void test_members(enum mgm_family family, const char *name)
{
	const struct fake_result *r = &fake.result;
	struct row host = plain;

	rig_start(family);
	rig_connect(10);
	rig_settings(0, 0, 0);
	tell(1, &plain);
	CHECK(fake.result_count == 1 && r->object_type == 0 && strcmp(r->host, "h") == 0 && strcmp(r->service, "s") == 0 &&
	          strcmp(r->output, "OK\nmore|a=1") == 0 && r->check_type == 0 && r->options == 0 && r->scheduled == 1 &&
	          r->return_code == 2 && r->exited_ok == 1 && r->early_timeout == 0,
	      "%s: service result", name);
	CHECK(r->start.tv_sec == 1700000000 && r->start.tv_usec == 250000 && r->finish.tv_sec == 1700000001 &&
	          r->finish.tv_usec == 1 && r->latency > 0.1249 && r->latency < 0.1251,
	      "%s: times", name);
	CHECK(!r->engine && strcmp(r->source, "Mod-Gearman Worker") == 0, "%s: source without an engine", name);
	CHECK(r->reschedule == (family == MGM_NAGIOS), "%s: reschedule is a matter of Nagios", name);
	CHECK(fake.running_services == 1 && fake.running_hosts == 0, "%s: counted as running, for the core to count down",
	      name);
	host.id = 2;
	host.service = host.source = NULL;
	host.output = "";
	host.code = (uint32_t)-1;
	host.exited_ok = 0;
	host.early = 1;
	host.start = -1;
	tell(2, &host);
	CHECK(r->object_type == 1 && strcmp(r->service, "(null)") == 0 && strcmp(r->output, "") == 0 &&
	          r->return_code == -1 && r->exited_ok == 0 && r->early_timeout == 1,
	      "%s: host result", name);
	CHECK(r->start.tv_sec == -1 && r->start.tv_usec == 999999, "%s: a time before 1970", name);
	CHECK(strcmp(r->source, "unknown internal source (voodoo, perhaps?)") == 0, "%s: no source given", name);
	CHECK(fake.running_hosts == (family == MGM_NAGIOS) && fake.running_services == 1, "%s: hosts are counted by Nagios",
	      name);
	host.id = 3;
	host.passive = 1;
	host.options = 2;
	host.scheduled = 0;
	tell(3, &host);
	CHECK(r->check_type == 1 && r->options == 2 && r->scheduled == 0 && r->reschedule == 0 &&
	          fake.running_hosts == (family == MGM_NAGIOS),
	      "%s: a passive one is neither counted nor rescheduled", name);
	host.id = 4;
	host.host = "unknown";
	host.passive = 0;
	tell(4, &host);
	CHECK(fake.result_count == 4 && fake.running_hosts == (family == MGM_NAGIOS),
	      "%s: an unknown object is the core's to complain about, not counted", name);
	rig_stop();
}

static int64_t acknowledged(void)
{
	int64_t last = 0;

	for (const struct mgm_message *m = rig_next(MGM_MSG_RESULT_DONE); m != NULL; m = rig_next(MGM_MSG_RESULT_DONE))
		last = mgm_msg_i64(m, MGM_ID_SEQ, 0);
	return last;
}

static void test_duplicates(void)
{
	struct row row = plain;

	rig_start(MGM_NAEMON);
	rig_connect(10);
	rig_settings(0, 0, 0);
	tell(1, &row);
	CHECK(acknowledged() == 1, "acknowledged");
	tell(2, &row);
	CHECK(fake.result_count == 1 && acknowledged() == 2 && M->totals.duplicates == 1,
	      "the same id again: acknowledged, not applied");
	rig_cut();
	rig_connect(10);
	rig_settings(0, 0, 0);
	tell(1, &row);
	CHECK(fake.result_count == 1 && acknowledged() == 1, "also on the next connection");
	for (uint32_t i = 0; i < 3 * MGM_DEDUPE_IDS; i++) {
		uint8_t other[MGM_RESULT_ID_BYTES] = { 0xff };

		memcpy(other + 8, &i, sizeof(i));
		mgm_dedupe_add(&M->dedupe, other, 0);
	}
	tell(2, &row);
	CHECK(fake.result_count == 1 && acknowledged() == 2, "and behind a long queue, where a job server puts it");
	mgm_results_keep(M);
	mgm_results_free(M);
	memset(&M->dedupe, 0, sizeof(M->dedupe));
	memset(&M->doubtful, 0, sizeof(M->doubtful));
	mgm_results_init(M);
	tell(2, &row);
	CHECK(fake.result_count == 1, "and after a reload");
	mgm_results_free(M);
	mgm_results_init(M);
	mgm_results_free(M);
	memset(&M->doubtful, 0, sizeof(M->doubtful));
	mgm_results_init(M);
	CHECK(M->doubtful.used == 0, "once");
	row.id = 9;
	tell(3, &row);
	CHECK(fake.result_count == 2 && acknowledged() == 3, "another id is applied");
	rig_stop();
}

/* As after the loss of a connection behind a long queue, again and again. */
static void lose_after(int seconds)
{
	fake_time(seconds);
	rig_cut();
	memset(&M->dedupe, 0, sizeof(M->dedupe));
	rig_connect(10);
	rig_settings(0, 0, 0);
}

static void test_bounded_doubt(void)
{
	struct row row = plain;

	rig_start(MGM_NAEMON);
	rig_connect(10);
	rig_settings(0, 0, 0);
	tell(1, &row);
	lose_after(600);
	row.id = 2;
	tell(1, &row);
	for (int at = 0; at < 3; at++)
		lose_after(299);
	row.id = 1;
	tell(1, &row);
	CHECK(fake.result_count == 2, "a doubtful id is remembered for half an hour");
	lose_after(303);
	tell(1, &row);
	CHECK(fake.result_count == 3, "but not longer, although connections were lost meanwhile: a sender may mean it");
	row.id = 2;
	tell(2, &row);
	CHECK(fake.result_count == 3, "each has a time of its own");
	lose_after(1);
	row.id = 1;
	tell(1, &row);
	CHECK(fake.result_count == 3, "and a new one when it is applied again");
	rig_stop();
}

/* A result changes the state, the core fires an event handler from within, and the bridge is gone. */
static void fire_handler(void)
{
	fake.on_result = NULL;
	close(bridge);
	bridge = -1;
	CHECK(mgm_eventhandler_event(M, fake_handler_event(rig_service, true, "/bin/e")) == OVERRIDE &&
	          M->link.state == MGM_LINK_UP,
	      "an event handler inside a result is taken, the link is only marked");
}

static void test_reentrancy(void)
{
	rig_start(MGM_NAEMON);
	rig_connect(10);
	rig_settings(0, 1, 0);
	fake.on_result = fire_handler;
	tell(1, &plain);
	CHECK(fake.result_count == 1 && M->link.state == MGM_LINK_DOWN && M->pending.count == 1 && M->pending.sent == 0,
	      "afterwards the link is down and the event handler waits");
	rig_stop();
}

static void test_end(void)
{
	struct row row = plain;

	rig_start(MGM_NAEMON);
	rig_connect(10);
	rig_settings(0, 0, 0);
	mgm_checks_host(M, fake_check_event(false, false, rig_host, "/bin/x", 0, 0));
	fake.restart = 1;
	for (uint8_t i = 1; i <= 3; i++) {
		row.id = i;
		tell(i, &row);
	}
	CHECK(fake.result_count == 0, "a core about to end gets nothing from the loop");
	mgm_session_end(M, false);
	CHECK(fake.result_count == 3 && acknowledged() == 3, "at its end it gets what has arrived, acknowledged");
	CHECK(fake.io_registered == 0 && fake.timer_count == 0 && M->link.fd == -1, "and nothing stays registered");
	CHECK(fake.schedule_count == 0 && M->pending.count == 0, "unanswered checks are left to the next start");
	rig_stop();
}

int main(void)
{
	test_members(MGM_NAEMON, "Naemon");
	test_members(MGM_NAGIOS, "Nagios");
	test_duplicates();
	test_bounded_doubt();
	test_reentrancy();
	test_end();
	return tap_done();
}
