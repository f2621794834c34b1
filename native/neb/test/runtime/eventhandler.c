/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Event handlers: queue, policy, resending after a lost connection. */
#include "events/eventhandler.h"

#include "module_rig.h"

static int event(bool service, const char *command)
{
	return mgm_eventhandler_event(M, fake_handler_event(service ? rig_service : rig_host, service, command));
}

static void test_sent(void)
{
	const struct mgm_message *got;

	rig_start(MGM_NAEMON);
	CHECK(event(true, "/bin/e") == 0, "local before any settings");
	rig_connect(10);
	rig_settings(0, 0, 0);
	CHECK(event(true, "/bin/e a") == OVERRIDE, "taken");
	got = rig_next(MGM_MSG_EVENT_HANDLER);
	CHECK(got != NULL && rig_text(got, MGM_ID_HOST_NAME, "h") && rig_text(got, MGM_ID_SERVICE_DESCRIPTION, "s") &&
	          rig_text(got, MGM_ID_QUEUE, "eventhandler") && rig_text(got, MGM_ID_COMMAND_LINE, "/bin/e a") &&
	          mgm_msg_i64(got, MGM_ID_CORE_TIME, 0) == fake.now_us,
	      "of a service, every field");
	CHECK(event(false, "/bin/e") == OVERRIDE && (got = rig_next(MGM_MSG_EVENT_HANDLER)) != NULL &&
	          rig_text(got, MGM_ID_SERVICE_DESCRIPTION, NULL) && mgm_msg_i64(got, MGM_ID_SEQ, 0) == 2,
	      "of a host");
	CHECK(event(true, NULL) == 0, "without a command it is the core's");
	CHECK(mgm_eventhandler_event(M, fake_handler_event(NULL, false, "x")) == 0 &&
	          fake_logged("ERROR - Eventhandler handler received NULL host object pointer.\n") == 1,
	      "without an object");
	M->settings.eventhandler = false;
	CHECK(event(true, "/bin/e") == 0, "switched off");
	rig_stop();
}

static void test_queue(void)
{
	const struct mgm_message *got;

	rig_start(MGM_NAGIOS);
	rig_connect(10);
	rig_settings(0, 0, 1);
	event(true, "/bin/e");
	got = rig_next(MGM_MSG_EVENT_HANDLER);
	CHECK(got != NULL && rig_text(got, MGM_ID_QUEUE, "eventhandler"), "routed like checks: not for generic queues");
	fake_hostgroup("dmz", rig_host);
	rig_settings(0, 0, 1);
	event(true, "/bin/e");
	got = rig_next(MGM_MSG_EVENT_HANDLER);
	CHECK(got != NULL && rig_text(got, MGM_ID_QUEUE, "hostgroup_dmz"), "routed like checks: group queue");
	rig_settings(0, 0, 0);
	event(true, "/bin/e");
	got = rig_next(MGM_MSG_EVENT_HANDLER);
	CHECK(got != NULL && rig_text(got, MGM_ID_QUEUE, "eventhandler"), "not routed");
	fake_hostgroup("lan", rig_host);
	rig_settings(0, 0, 1);
	CHECK(event(true, "/bin/e") == 0 && fake_logged("passing by") == 0, "local group");
	M->settings.debug = true;
	CHECK(event(true, "/bin/e") == 0 && fake_logged("mod_gearman: passing by local service eventhandler: h - s\n") == 1,
	      "with a line of debugging");
	CHECK(event(false, "/bin/e") == 0 && fake_logged("mod_gearman: passing by local host eventhandler: h\n") == 1,
	      "for a host too");
	rig_stop();
}

static void test_away(void)
{
	const struct mgm_message *got;

	rig_start(MGM_NAEMON);
	rig_connect(10);
	rig_settings(0, 0, 0);
	rig_cut();
	CHECK(event(true, "/bin/e") == 0 && M->policy.counts.handlers_local == 1, "away, policy local");
	rig_connect(10);
	rig_settings(0, 1, 0);
	event(true, "/bin/first");
	rig_cut();
	CHECK(event(false, "/bin/second") == OVERRIDE && M->pending.count == 2, "away, policy keep");
	rig_connect(10);
	CHECK(rig_next(MGM_MSG_EVENT_HANDLER) == NULL, "nothing is sent before the settings");
	rig_settings(0, 1, 0);
	got = rig_next(MGM_MSG_EVENT_HANDLER);
	CHECK(got != NULL && rig_text(got, MGM_ID_COMMAND_LINE, "/bin/first") && mgm_msg_i64(got, MGM_ID_SEQ, 0) == 1,
	      "back: the unanswered one is sent again");
	got = rig_next(MGM_MSG_EVENT_HANDLER);
	CHECK(got != NULL && rig_text(got, MGM_ID_COMMAND_LINE, "/bin/second"), "then the kept one");
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 0);
	CHECK(event(true, "/bin/third") == OVERRIDE && rig_next(MGM_MSG_EVENT_HANDLER) == NULL, "STATE 0: kept as well");
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 1);
	CHECK(rig_next(MGM_MSG_EVENT_HANDLER) != NULL, "STATE 1: sent");
	M->pending.max_events = M->pending.count;
	CHECK(event(true, "/bin/e") == 0 && fake_logged("ERROR - failed to send eventhandler to gearmand\n") == 1,
	      "outbox full: the core runs it");
	rig_stop();
}

static void test_nameless(void)
{
	rig_start(MGM_NAEMON);
	rig_connect(10);
	rig_settings(0, 0, 0);
	CHECK(event(false, "/bin/e") == OVERRIDE, "with a name");
	mgm_set_cstr(fake.core.abi, rig_host, MGM_F_HOST_NAME, NULL);
	CHECK(event(false, "/bin/e") == 0, "an event handler of a host without a name is the core's");
	rig_stop();
}

/* The end of the core's loop, at a reload: what the bridge has not got is named, the rest is its own. */
static void test_end(void)
{
	const struct mgm_message *got;

	rig_start(MGM_NAEMON);
	rig_connect(10);
	rig_settings(0, 1, 0);
	event(true, "/bin/e 1");
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 0);
	event(true, "/bin/e 2");
	CHECK(M->pending.sent == 1 && M->pending.count == 2, "one is sent, one is kept");
	while (rig_next(MGM_MSG_EVENT_HANDLER) != NULL)
		;
	mgm_session_end(M, false);
	got = rig_next(MGM_MSG_EVENT_HANDLER);
	CHECK(got != NULL && rig_text(got, MGM_ID_COMMAND_LINE, "/bin/e 2"), "what was kept is sent at the end");
	rig_stop();

	rig_start(MGM_NAEMON);
	rig_connect(10);
	rig_settings(0, 1, 0);
	rig_cut();
	for (int i = 0; i < 12; i++)
		event(i % 2 == 0, "/bin/e");
	mgm_session_end(M, false);
	CHECK(fake_logged("ERROR - 12 event handlers and 0 notifications are lost: the bridge did not take them in time: "
	                  "h - s, h, h - s, h, h - s, h, h - s, h, h - s, h...\n") == 1,
	      "without a bridge they are counted, the first ones named");
	rig_stop();
}

int main(void)
{
	test_nameless();
	test_sent();
	test_queue();
	test_away();
	test_end();
	return tap_done();
}
