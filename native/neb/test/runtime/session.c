/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The conversation: windows, answers to events, releases, what the log says about coming and going. */
#include "events/session.h"

#include <stdlib.h>

#include "events/checks.h"
#include "events/presence.h"
#include "module_rig.h"

static int take(bool service)
{
	void *object = service ? rig_service : rig_host;
	void *data = fake_check_event(service, false, object, "/bin/x", service ? 1 : 0, 0);

	return service ? mgm_checks_service(M, data) : mgm_checks_host(M, data);
}

static void tell_seq(enum mgm_msg_type type, int64_t seq, const char *text)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, type);
	mgm_frame_i64(&frame, MGM_ID_SEQ, seq);
	mgm_frame_text(&frame, MGM_ID_TEXT, text);
	rig_tell(&frame);
}

static void tell_lost(const char *host, const char *service)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, MGM_MSG_CHECK_LOST);
	mgm_frame_text(&frame, MGM_ID_HOST_NAME, host);
	mgm_frame_text(&frame, MGM_ID_SERVICE_DESCRIPTION, service);
	mgm_frame_text(&frame, MGM_ID_TEXT, "gone");
	rig_tell(&frame);
}

static void ready(uint32_t window)
{
	rig_start(MGM_NAEMON);
	rig_connect(window);
	rig_settings(0, 0, 0);
}

static void test_window(void)
{
	ready(2);
	CHECK(take(true) == OVERRIDE && take(true) == OVERRIDE && take(false) == OVERRIDE, "more than the window is taken");
	CHECK(rig_next(MGM_MSG_SERVICE_CHECK) != NULL && rig_next(MGM_MSG_SERVICE_CHECK) != NULL &&
	          rig_next(MGM_MSG_HOST_CHECK) == NULL,
	      "only the window is sent");
	tell_seq(MGM_MSG_EVENT_DONE, 1, NULL);
	CHECK(rig_next(MGM_MSG_HOST_CHECK) != NULL && M->pending.count == 2, "an answer lets the next one go");
	take(false);
	rig_tell_u32(MGM_MSG_WINDOW, MGM_ID_WINDOW, 3);
	CHECK(rig_next(MGM_MSG_HOST_CHECK) != NULL, "so does a wider window");
	tell_seq(MGM_MSG_EVENT_DONE, 4, NULL);
	CHECK(M->pending.count == 0, "all answered");
	rig_stop();
}

static bool released(int index, void *object, int options)
{
	return fake.schedule_count == index + 1 && fake.schedule[index].object == object &&
	       fake.schedule[index].options == options && fake.schedule[index].when > fake.now_us / 1000000 &&
	       fake.schedule[index].when <= fake.now_us / 1000000 + 30;
}

static void test_release(void)
{
	ready(10);
	take(true);
	tell_seq(MGM_MSG_EVENT_REJECTED, 1, "queue name too long");
	CHECK(RIG_EXECUTING(true) == 0 && released(0, rig_service, 1) && M->pending.count == 0,
	      "rejected: released, a forced check stays forced");
	CHECK(fake_logged("ERROR - failed to send service check to gearmand: h - s: queue name too long") == 1,
	      "and logged");
	take(false);
	tell_seq(MGM_MSG_EVENT_DONE, 2, NULL);
	CHECK(RIG_EXECUTING(false) == 1, "accepted: still running");
	tell_lost("h", NULL);
	CHECK(RIG_EXECUTING(false) == 0 && released(1, rig_host, 0), "lost later: released");
	tell_lost("h", NULL);
	CHECK(fake.schedule_count == 2, "once");
	tell_lost("unknown", "object");
	CHECK(fake.schedule_count == 2, "an unknown object is passed over");
	mgm_set_i32(fake.core.abi, rig_service, MGM_F_SERVICE_IS_EXECUTING, 1);
	tell_lost("h", "s");
	CHECK(RIG_EXECUTING(true) == 1 && fake.schedule_count == 2, "a check that is not ours is left alone");
	rig_stop();
}

/* The bridge may speak of a check that has become another one meanwhile. */
static void test_ownership(void)
{
	struct mgm_frame frame = { 0 };

	ready(10);
	take(true);
	mgm_frame_begin(&frame, MGM_MSG_RESULT);
	mgm_frame_i64(&frame, MGM_ID_SEQ, 1);
	mgm_frame_bytes(&frame, MGM_ID_RESULT_ID, "0123456789abcdef", 16);
	mgm_frame_text(&frame, MGM_ID_HOST_NAME, "h");
	mgm_frame_text(&frame, MGM_ID_SERVICE_DESCRIPTION, "s");
	for (enum mgm_id id = MGM_ID_CHECK_TYPE; id <= MGM_ID_SCHEDULED_CHECK; id++)
		mgm_frame_u32(&frame, id, 0);
	mgm_frame_u32(&frame, MGM_ID_CHECK_OPTIONS, 0);
	for (enum mgm_id id = MGM_ID_START_TIME; id <= MGM_ID_LATENCY; id++)
		mgm_frame_i64(&frame, id, 0);
	mgm_frame_text(&frame, MGM_ID_OUTPUT, "");
	rig_tell(&frame);
	CHECK(fake.result_count == 1 && RIG_EXECUTING(true) == 1, "its result came; in this core it runs again at once");
	tell_lost("h", "s");
	CHECK(RIG_EXECUTING(true) == 1 && fake.schedule_count == 0, "answered: not ours any more");
	take(true);
	M->settings.services = false;
	CHECK(take(true) == 0, "next time the core runs it");
	tell_lost("h", "s");
	CHECK(RIG_EXECUTING(true) == 1 && fake.schedule_count == 0, "run by the core: not ours any more");
	rig_stop();
}

static void test_cut(void)
{
	struct fake_schedule *s = fake.schedule;

	ready(10);
	take(true);
	take(false);
	rig_cut();
	mgm_session_tick(M);
	mgm_session_tick(M);
	CHECK(RIG_EXECUTING(true) == 0 && RIG_EXECUTING(false) == 0 && fake.schedule_count == 2,
	      "connection lost: released");
	CHECK(s[0].when != s[1].when, "not both at once");
	CHECK(fake_logged("ERROR - the bridge is away (it closed the connection): checks are held and event handlers "
	                  "are run locally until it is back\n") == 1 &&
	          fake_logged("2 unanswered checks were given back to the core") == 1,
	      "logged once");
	mgm_checks_service(M, fake_check_event(true, true, rig_service, NULL, 0, 0));
	mgm_checks_service(M, fake_check_event(true, true, rig_service, NULL, 0, 0));
	fake.now_us += 5000000;
	rig_connect(10);
	CHECK(fake_logged("the bridge is back") == 0, "not back before its settings");
	rig_settings(0, 0, 0);
	CHECK(fake_logged("the bridge is back after 5 s: 2 checks were held, 0 ran locally; 0 event handlers ran locally, "
	                  "0 were kept for it\n") == 1,
	      "back, with counts");
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 0);
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 1);
	mgm_session_tick(M);
	CHECK(fake_logged("the bridge is away") == 1 && fake_logged("the bridge is back") == 1,
	      "a moment without consequences costs no line");
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 0);
	mgm_checks_service(M, fake_check_event(true, true, rig_service, NULL, 0, 0));
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 1);
	CHECK(fake_logged("the bridge is back after 0 s: 1 checks were held") == 1, "one that held a check does");
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 0);
	mgm_session_tick(M);
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 1);
	CHECK(fake_logged("the bridge is away (it is not ready)") == 1 && fake_logged("the bridge is back") == 3,
	      "a longer STATE 0 is logged");
	rig_stop();
}

static void test_missing(void)
{
	rig_start(MGM_NAEMON);
	mgm_checks_service(M, fake_check_event(true, true, rig_service, NULL, 0, 0));
	fake.now_us += 29000000;
	mgm_session_tick(M);
	CHECK(fake_logged("ERROR") == 0, "patient for 30 s");
	fake.now_us += 1000000;
	take(true);
	mgm_session_tick(M);
	CHECK(
		fake_logged("ERROR - the bridge did not come up in 30 s, the core runs everything itself: 1 checks were held, "
	                "1 checks and 0 event handlers ran locally so far\n") == 1,
		"then an error line with counts");
	fake.now_us += 59000000;
	mgm_session_tick(M);
	CHECK(fake_logged("did not come up") == 1, "not every second");
	fake.now_us += 1000000;
	mgm_session_tick(M);
	CHECK(fake_logged("did not come up") == 2, "but every minute");
	rig_connect(10);
	rig_settings(0, 0, 0);
	CHECK(fake_logged("the bridge is back after 90 s") == 1 && take(true) == OVERRIDE, "until it comes");
	rig_stop();
}

static void test_fault(void)
{
	struct mgm_frame frame = { 0 };

	rig_start(MGM_NAGIOS);
	rig_connect(10);
	for (int i = 0; i < 2; i++) {
		mgm_frame_begin(&frame, MGM_MSG_FAULT);
		mgm_frame_text(&frame, MGM_ID_TEXT, "please specify at least one server");
		rig_tell(&frame);
	}
	CHECK(fake_logged("mod_gearman: ERROR - please specify at least one server;") == 1, "FAULT: one error line");
	CHECK(mgm_checks_service(M, fake_check_event(true, true, rig_service, NULL, 0, 0)) == 0 && take(true) == 0,
	      "and everything is the core's");
	for (int minute = 1; minute <= 25; minute++) {
		fake.now_us += INT64_C(60000000);
		mgm_presence_tick(M);
	}
	CHECK(fake_logged("mod_gearman: ERROR - please specify at least one server;") == 3,
	      "the line is repeated each ten minutes while it lasts");
	rig_settings(0, 0, 0);
	CHECK(take(true) == OVERRIDE, "until settings come");
	mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
	for (uint32_t i = 0; i <= MGM_SETTINGS_MAX_GROUPS; i++)
		mgm_frame_text(&frame, MGM_ID_HOSTGROUP, "");
	rig_tell(&frame);
	CHECK(fake_logged("ERROR - the settings name too many groups; the core runs everything itself") == 1 &&
	          take(true) == 0,
	      "more groups than can be taken are a FAULT too");
	rig_stop();
}

static void test_settings_warnings(void)
{
	rig_start(MGM_NAEMON);
	fake.broker_options = 1;
	rig_connect(10);
	rig_settings(0, 0, 0);
	CHECK(fake_logged("ERROR - mod_gearman needs BROKER_HOST_CHECKS (8) event_broker_options enabled to work\n") == 1 &&
	          fake_logged(
				  "ERROR - mod_gearman needs BROKER_SERVICE_CHECKS (4) event_broker_options enabled to work\n") == 1 &&
	          fake_logged(
				  "ERROR - mod_gearman needs BROKER_EVENT_HANDLERS (16) event_broker option enabled to work\n") == 1,
	      "missing broker bits");
	CHECK(fake_logged("(32)") + fake_logged("(64)") + fake_logged("(2)") == 0, "only those that the settings need");
	{
		struct mgm_frame frame = { 0 };

		mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
		mgm_frame_u32(&frame, MGM_ID_LATENCY_FLATTEN_WINDOW, 30);
		rig_tell(&frame);
	}
	CHECK(fake_logged("BROKER_HOST_CHECKS (8)") == 2 && fake_logged("BROKER_SERVICE_CHECKS (4)") == 2 &&
	          fake_logged("BROKER_EVENT_HANDLERS (16)") == 1,
	      "late checks are moved by their results");
	CHECK(fake_logged("mod_gearman: Warning: hostgroup 'dmz' does not exist, possible typo?\n") == 1 &&
	          fake_logged("Warning: hostgroup 'lan' does not exist") == 1,
	      "unknown groups");
	rig_stop();
}

/* tmp-squat: a folder that cannot be made is tried again, and logged once. */
static void test_no_folder(void)
{
	char folder[] = "/tmp/mgm-session.XXXXXX", socket[] = "no absolute path";

	if (mkdtemp(folder) == NULL)
		CHECK(false, "mkdtemp");
	rig_start(MGM_NAEMON);
	M->args.socket = socket;
	for (int i = 0; i < 3; i++)
		mgm_session_tick(M);
	CHECK(fake_logged("ERROR - no way to the bridge: bridge_socket must be an absolute path") == 1,
	      "a socket that cannot be made is logged once");
	M->args.socket = NULL;
	strcpy(M->socket_path, "/dev/null/not/a/folder/bridge.sock");
	setenv("TMPDIR", folder, 1);
	mgm_session_tick(M);
	CHECK(strncmp(M->socket_path, folder, strlen(folder)) == 0, "a folder that cannot be had gives way to another");
	unsetenv("TMPDIR");
	rig_stop();
	CHECK(rmdir(folder) == 0, "nothing is left behind");
}

int main(void)
{
	test_window();
	test_release();
	test_ownership();
	test_cut();
	test_missing();
	test_fault();
	test_settings_warnings();
	test_no_folder();
	return tap_done();
}
