/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The connection is closed after each frame of the bridge in turn, and inside each, with one event of every kind under way:
 * on the next connection everything is sent that was not answered, and nothing that was; results are applied once.
 */
#include "events/checks.h"
#include "events/eventhandler.h"
#include "events/exports.h"
#include "events/notification.h"
#include "events/perfdata.h"
#include "module_rig.h"

/* What the bridge sends, in this order. The core has its events after STATE. */
enum step {
	WELCOME,
	SETTINGS,
	STATE,
	LOG,
	PING,
	WINDOW,
	SERVICE_DONE,
	HOST_DONE,
	HANDLER_DONE,
	NOTIFICATION_DONE,
	PERFDATA_DONE,
	EXPORT_DONE,
	RESULT,
	HOST_LOST,
	STEPS
};

static const char *const step_names[] = {
	"WELCOME",       "SETTINGS",     "STATE",     "LOG",          "PING",
	"WINDOW",        "service done", "host done", "handler done", "notification done",
	"perfdata done", "export done",  "RESULT",    "CHECK_LOST",   "the last one"
};

static int received[256]; /* by type, at the bridge, on all connections */
static int64_t last_seq;  /* of an event on this connection */
static void *contact;

static void make_settings(struct mgm_frame *frame)
{
	for (enum mgm_id id = MGM_ID_HOSTS; id <= MGM_ID_DO_HOSTCHECKS; id++)
		mgm_frame_u32(frame, id, 1);
	mgm_frame_u32(frame, MGM_ID_EVENTHANDLERS_WHEN_AWAY, 1);
	mgm_frame_u32(frame, MGM_ID_NOTIFICATIONS, 1);
	mgm_frame_u32(frame, MGM_ID_NOTIFICATIONS_WHEN_AWAY, 1);
	mgm_frame_u32(frame, MGM_ID_PERFDATA, 1);
	mgm_frame_text(frame, MGM_ID_SERVICE_PERFDATA_TEMPLATE, "$SERVICEPERFDATA$");
	mgm_frame_u32(frame, MGM_ID_EXPORT_PROCESS, 0);
}

static void make_result(struct mgm_frame *frame, bool service, int64_t seq)
{
	mgm_frame_i64(frame, MGM_ID_SEQ, seq);
	mgm_frame_bytes(frame, MGM_ID_RESULT_ID, service ? "0123456789abcdef" : "fedcba9876543210", 16);
	mgm_frame_text(frame, MGM_ID_HOST_NAME, "h");
	if (service)
		mgm_frame_text(frame, MGM_ID_SERVICE_DESCRIPTION, "s");
	for (enum mgm_id id = MGM_ID_CHECK_TYPE; id <= MGM_ID_SCHEDULED_CHECK; id++)
		mgm_frame_u32(frame, id, 0);
	mgm_frame_u32(frame, MGM_ID_CHECK_OPTIONS, 0);
	for (enum mgm_id id = MGM_ID_START_TIME; id <= MGM_ID_LATENCY; id++)
		mgm_frame_i64(frame, id, 0);
	mgm_frame_text(frame, MGM_ID_OUTPUT, "fine");
}

static void make_welcome(struct mgm_frame *frame)
{
	mgm_frame_u32(frame, MGM_ID_VERSION, 1);
	mgm_frame_text(frame, MGM_ID_BRIDGE_VERSION, "t");
	mgm_frame_u32(frame, MGM_ID_PID, 1);
	mgm_frame_u32(frame, MGM_ID_WINDOW, 100);
	mgm_frame_u32(frame, MGM_ID_HEARTBEAT_MS, 5000);
}

static enum mgm_msg_type type_of(enum step step)
{
	static const enum mgm_msg_type types[] = { MGM_MSG_WELCOME, MGM_MSG_SETTINGS, MGM_MSG_STATE,
		                                       MGM_MSG_LOG,     MGM_MSG_PING,     MGM_MSG_WINDOW };

	if (step == RESULT)
		return MGM_MSG_RESULT;
	if (step == HOST_LOST)
		return MGM_MSG_CHECK_LOST;
	return step <= WINDOW ? types[step] : MGM_MSG_EVENT_DONE;
}

static void make(struct mgm_frame *frame, enum step step)
{
	mgm_frame_begin(frame, type_of(step));
	switch (step) {
	case WELCOME: make_welcome(frame); break;
	case SETTINGS: make_settings(frame); break;
	case STATE: mgm_frame_u32(frame, MGM_ID_READY, 1); break;
	case LOG:
		mgm_frame_u32(frame, MGM_ID_LEVEL, 1);
		mgm_frame_text(frame, MGM_ID_TEXT, "a line");
		break;
	case PING: break;
	case WINDOW: mgm_frame_u32(frame, MGM_ID_WINDOW, 200); break;
	case RESULT: make_result(frame, true, 1); break;
	case HOST_LOST:
		mgm_frame_text(frame, MGM_ID_HOST_NAME, "h");
		mgm_frame_text(frame, MGM_ID_TEXT, "gone");
		break;
	default: mgm_frame_i64(frame, MGM_ID_SEQ, step - SERVICE_DONE + 1);
	}
	mgm_frame_end(frame);
}

static void tell(enum step step, bool half)
{
	struct mgm_frame frame = { 0 };
	size_t size;

	make(&frame, step);
	size = half ? frame.size / 2 : frame.size;
	CHECK(send(bridge, frame.data, size, 0) == (ssize_t)size, "sent");
	mgm_frame_free(&frame);
	fake_io();
}

/* What the shim has sent since. */
static void drain(void)
{
	static uint8_t data[65536];
	ssize_t size = recv(bridge, data, sizeof(data), MSG_DONTWAIT);
	struct mgm_message message;
	size_t at = 0, used;

	while (size > 0 && at < (size_t)size &&
	       mgm_frame_decode(data + at, (size_t)size - at, &message, &used) == MGM_FRAME_OK) {
		at += used;
		received[message.type]++;
		if (message.type >= MGM_MSG_SERVICE_CHECK && message.type < MGM_MSG_RECORDS_DROPPED)
			last_seq = mgm_msg_i64(&message, MGM_ID_SEQ, 0);
	}
}

static void connect_socket(void)
{
	struct mgm_frame frame = { 0 };
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
	bridge = pair[1];
	last_seq = 0;
	mgm_frame_begin(&frame, MGM_MSG_PONG);
	mgm_frame_end(&frame);
	mgm_link_attach(&M->link, pair[0], &frame);
	mgm_frame_free(&frame);
}

static bool take(bool service)
{
	void *event = fake_check_event(service, false, service ? rig_service : rig_host, "/bin/x", 0, 0);

	return (service ? mgm_checks_service(M, event) : mgm_checks_host(M, event)) == OVERRIDE;
}

/* One event of every kind. @return whether all were taken */
static bool all_kinds(void)
{
	static int32_t process[64];
	bool taken = take(true) && take(false);

	taken &= mgm_eventhandler_event(M, fake_handler_event(rig_service, true, "/bin/e")) == OVERRIDE;
	taken &= mgm_notification_event(M, fake_notification_event(rig_service, true, contact, "mail", 0)) == OVERRIDE;
	mgm_perfdata_service(M, fake_processed_event(true, rig_service, "p=1"));
	mgm_set_i32(fake.core.abi, process, MGM_F_NEBSTRUCT_PROCESS_DATA_TYPE, 106);
	mgm_exports_process(M, process);
	mgm_session_pump(M);
	return taken;
}

static void start(void)
{
	rig_start(MGM_NAEMON);
	memset(received, 0, sizeof(received));
	contact = fake_contact("admin", "The Admin");
	fake_command("mail", "/bin/mail");
	mgm_set_i32(fake.core.abi, rig_service, MGM_F_SERVICE_PROCESS_PERFORMANCE_DATA, 1);
	mgm_set_cstr(fake.core.abi, rig_service, MGM_F_SERVICE_PERF_DATA, "p=1");
	connect_socket();
}

/* A whole connection without a fault, on which everything open is finished. */
static void finish(bool first)
{
	struct mgm_frame frame = { 0 };

	connect_socket();
	for (enum step step = WELCOME; step <= WINDOW; step++)
		tell(step, false);
	fake_time(1);
	if (first)
		CHECK(all_kinds(), "all kinds are taken");
	if (RIG_EXECUTING(true) == 0)
		CHECK(take(true), "a service check that was given back is taken again");
	if (RIG_EXECUTING(false) == 0)
		CHECK(take(false), "a host check too");
	mgm_session_pump(M);
	drain();
	mgm_frame_begin(&frame, MGM_MSG_EVENT_DONE);
	mgm_frame_i64(&frame, MGM_ID_SEQ, last_seq);
	rig_tell(&frame);
	tell(RESULT, false);
	mgm_frame_begin(&frame, MGM_MSG_RESULT);
	make_result(&frame, false, 2);
	rig_tell(&frame);
	drain();
}

static int expected(enum step done, int cut)
{
	/* Sent before the cut and not answered: once more. */
	return cut > STATE && cut <= (int)done ? 2 : 1;
}

static void test_cut(int cut, bool half)
{
	const char *where = half ? "inside" : "before";

	start();
	for (int step = WELCOME; step < cut; step++) {
		tell((enum step)step, false);
		if (step == STATE)
			CHECK(all_kinds(), "all kinds are taken");
	}
	drain();
	if (half)
		tell((enum step)cut, true);
	rig_cut();
	fake_time(1);
	CHECK(RIG_EXECUTING(true) == (cut > SERVICE_DONE) && RIG_EXECUTING(false) == (cut > HOST_DONE && cut <= HOST_LOST),
	      "%s %s: checks that were not accepted are given back, others stay with the bridge", where, step_names[cut]);
	finish(cut <= STATE);
	CHECK(received[MGM_MSG_EVENT_HANDLER] == expected(HANDLER_DONE, cut) &&
	          received[MGM_MSG_NOTIFICATION] == expected(NOTIFICATION_DONE, cut) &&
	          received[MGM_MSG_PERFDATA] == expected(PERFDATA_DONE, cut) &&
	          received[MGM_MSG_EXPORT] == expected(EXPORT_DONE, cut),
	      "%s %s: sent again unless answered", where, step_names[cut]);
	CHECK(fake.result_count == 2, "%s %s: each result is applied once", where, step_names[cut]);
	CHECK(M->pending.count == 0 && M->records.count == 0 && M->records.dropped == 0, "%s %s: nothing is left", where,
	      step_names[cut]);
	rig_stop();
}

int main(void)
{
	for (int cut = WELCOME; cut <= STEPS; cut++) {
		test_cut(cut, false);
		if (cut < STEPS)
			test_cut(cut, true);
	}
	return tap_done();
}
