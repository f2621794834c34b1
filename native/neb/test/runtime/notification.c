/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Notifications: the rebuilt command, the line in the core's log, policy, resending, macro areas. */
#include "events/notification.h"

#include "events/presence.h"

#include "module_rig.h"

#define FIELD(name) MGM_F_NEBSTRUCT_CONTACT_NOTIFICATION_METHOD_DATA_##name
#define NORMAL 0
#define ACKNOWLEDGEMENT 1
#define DOWNTIMESTART 5
#define CUSTOM 8
#define RECOVERY_OF_NAGIOS 9

static void *admin;

static void settings(uint32_t keep)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
	mgm_frame_u32(&frame, MGM_ID_HOSTS, 1);
	mgm_frame_u32(&frame, MGM_ID_SERVICES, 1);
	mgm_frame_u32(&frame, MGM_ID_NOTIFICATIONS, 1);
	mgm_frame_u32(&frame, MGM_ID_NOTIFICATIONS_WHEN_AWAY, keep);
	mgm_frame_text(&frame, MGM_ID_LOCALHOSTGROUP, "lan");
	rig_tell(&frame);
}

static void start(enum mgm_family family)
{
	const struct mgm_abi *abi;

	rig_start(family);
	abi = fake.core.abi;
	fake.log_notifications = fake.log_global_notifications = 1;
	fake_contact("deputy", "The Deputy");
	admin = fake_contact("admin", "The Admin");
	fake_command("mail", "/bin/mail $ARG1$ $ARG2$ $NOTIFICATIONTYPE$ $NOTIFICATIONNUMBER$ $CONTACTNAME$");
	fake_command("full",
	             "$NOTIFICATIONAUTHOR$,$NOTIFICATIONAUTHORNAME$,$NOTIFICATIONAUTHORALIAS$,$NOTIFICATIONCOMMENT$,"
	             "$SERVICEACKAUTHOR$,$SERVICEACKAUTHORNAME$,$SERVICEACKAUTHORALIAS$,$SERVICEACKCOMMENT$,"
	             "$HOSTACKAUTHOR$,$HOSTACKCOMMENT$,$NOTIFICATIONISESCALATED$");
	mgm_set_cstr(abi, rig_service, MGM_F_SERVICE_PLUGIN_OUTPUT, "it `is` broken");
	mgm_set_cstr(abi, rig_service, MGM_F_SERVICE_LONG_PLUGIN_OUTPUT, "more");
	mgm_set_i32(abi, rig_service, MGM_F_SERVICE_CURRENT_STATE, 2);
	mgm_set_i32(abi, rig_service, MGM_F_SERVICE_CURRENT_NOTIFICATION_NUMBER, 7);
	mgm_set_cstr(abi, rig_host, MGM_F_HOST_PLUGIN_OUTPUT, "up");
	rig_connect(10);
}

static void stop(void)
{
	CHECK(fake.macros_open == 0, "every macro area was cleared");
	rig_stop();
}

static int call(void *event)
{
	return mgm_notification_event(M, event);
}

static int notify(bool service, void *contact, const char *command, int reason)
{
	return call(fake_notification_event(service ? rig_service : rig_host, service, contact, command, reason));
}

static bool sent_line(const char *line)
{
	const struct mgm_message *got = rig_next(MGM_MSG_NOTIFICATION);

	return got != NULL && rig_text(got, MGM_ID_COMMAND_LINE, line);
}

static void test_fields(void)
{
	const struct mgm_message *got;

	start(MGM_NAEMON);
	CHECK(notify(true, admin, "mail", NORMAL) == 0, "local before any settings");
	settings(0);
	CHECK(notify(true, admin, "mail!-s!$SERVICEOUTPUT$ $NOTIFICATIONTYPE$", NORMAL) == OVERRIDE, "taken");
	got = rig_next(MGM_MSG_NOTIFICATION);
	CHECK(got != NULL && rig_text(got, MGM_ID_HOST_NAME, "h") && rig_text(got, MGM_ID_SERVICE_DESCRIPTION, "s") &&
	          rig_text(got, MGM_ID_CONTACT, "admin") && rig_text(got, MGM_ID_OUTPUT, "it `is` broken") &&
	          rig_text(got, MGM_ID_LONG_OUTPUT, "more") && mgm_msg_i64(got, MGM_ID_START_TIME, 0) == 1795246938972068 &&
	          mgm_msg_i64(got, MGM_ID_CORE_TIME, 0) == fake.now_us,
	      "of a service, every field");
	CHECK(got != NULL && rig_text(got, MGM_ID_COMMAND_LINE, "/bin/mail -s it is broken PROBLEM PROBLEM 7 admin"),
	      "macros in arguments are expanded after all were set, and cleaned as for commands");
	CHECK(notify(false, NULL, "mail!x", NORMAL) == OVERRIDE && (got = rig_next(MGM_MSG_NOTIFICATION)) != NULL &&
	          rig_text(got, MGM_ID_SERVICE_DESCRIPTION, NULL) && rig_text(got, MGM_ID_CONTACT, "GLOBAL") &&
	          rig_text(got, MGM_ID_LONG_OUTPUT, NULL) && rig_text(got, MGM_ID_COMMAND_LINE, "/bin/mail x  RECOVERY 0 "),
	      "of a host, by the global handler");
	CHECK(M->totals.notifications_sent == 2 && M->totals.handlers_sent == 0 && M->totals.checks_sent == 0, "counted");
	stop();
}

static void test_author(void)
{
	void *event;

	start(MGM_NAEMON);
	settings(0);
	event = fake_notification_event(rig_service, true, admin, "full", ACKNOWLEDGEMENT);
	mgm_set_cstr(fake.core.abi, event, FIELD(ACK_AUTHOR), "The Deputy");
	mgm_set_cstr(fake.core.abi, event, FIELD(ACK_DATA), "on it");
	mgm_set_i32(fake.core.abi, event, FIELD(ESCALATED), 1);
	CHECK(call(event) == OVERRIDE &&
	          sent_line("The Deputy,deputy,The Deputy,on it,The Deputy,deputy,The Deputy,on it,,,1"),
	      "acknowledgement of a service, author found by alias, escalated");
	event = fake_notification_event(rig_host, false, admin, "full", ACKNOWLEDGEMENT);
	mgm_set_cstr(fake.core.abi, event, FIELD(ACK_AUTHOR), "deputy");
	CHECK(call(event) == OVERRIDE && sent_line("deputy,deputy,The Deputy,,,,,,deputy,,0"),
	      "acknowledgement of a host, author found by name, no comment");
	event = fake_notification_event(rig_service, true, admin, "full", CUSTOM);
	mgm_set_cstr(fake.core.abi, event, FIELD(ACK_AUTHOR), "somebody");
	mgm_set_cstr(fake.core.abi, event, FIELD(ACK_DATA), "look");
	CHECK(call(event) == OVERRIDE && sent_line("somebody,,,look,,,,,,,0"), "custom, author is no contact");
	stop();
}

static void test_log(void)
{
	void *event;

	start(MGM_NAEMON);
	settings(0);
	notify(true, admin, "mail!x", NORMAL);
	CHECK(fake_logged("SERVICE NOTIFICATION: admin;h;s;CRITICAL;mail;it `is` broken\n") == 1 &&
	          fake.last_log_type == mgm_constant(fake.core.abi, MGM_C_NSLOG_SERVICE_NOTIFICATION, 0),
	      "normal: state, command without arguments, output uncleaned");
	notify(false, NULL, "mail", DOWNTIMESTART);
	CHECK(fake_logged("HOST NOTIFICATION: GLOBAL;h;DOWNTIMESTART (DOWN);mail;up;;\n") == 1 &&
	          fake.last_log_type == mgm_constant(fake.core.abi, MGM_C_NSLOG_HOST_NOTIFICATION, 0),
	      "Naemon adds author and comment for every named reason");
	fake.log_notifications = fake.log_global_notifications = 0;
	notify(true, admin, "mail", CUSTOM);
	notify(true, NULL, "mail", CUSTOM);
	CHECK(fake_logged("NOTIFICATION: ") == 2, "not where the core does not log them");
	stop();
	start(MGM_NAGIOS);
	M->core.log_global_notifications = NULL;
	settings(0);
	notify(true, admin, "mail", DOWNTIMESTART);
	CHECK(fake_logged("SERVICE NOTIFICATION: admin;h;s;DOWNTIMESTART (CRITICAL);mail;it `is` broken\n") == 1,
	      "Nagios adds nothing for a downtime");
	event = fake_notification_event(rig_service, true, admin, "mail", CUSTOM);
	mgm_set_cstr(fake.core.abi, event, FIELD(ACK_AUTHOR), "a");
	mgm_set_cstr(fake.core.abi, event, FIELD(ACK_DATA), "c");
	call(event);
	CHECK(fake_logged("SERVICE NOTIFICATION: admin;h;s;CUSTOM (CRITICAL);mail;it `is` broken;a;c\n") == 1,
	      "but for a custom one");
	mgm_set_i32(fake.core.abi, rig_service, MGM_F_SERVICE_CURRENT_STATE, 0);
	while (rig_next(MGM_MSG_NOTIFICATION) != NULL)
		;
	notify(true, admin, "mail", RECOVERY_OF_NAGIOS);
	CHECK(sent_line("/bin/mail   RECOVERY 7 admin") &&
	          fake_logged("SERVICE NOTIFICATION: admin;h;s;CRITICAL;mail;it `is` broken\n") == 1,
	      "the reason of later Nagios releases is a recovery and logged as a normal one");
	stop();
}

static void test_left_to_core(void)
{
	start(MGM_NAEMON);
	settings(0);
	CHECK(notify(true, admin, NULL, NORMAL) == 0, "without a command it is the core's");
	CHECK(notify(true, admin, "gone", NORMAL) == CANCEL &&
	          fake_logged("ERROR - Raw notification command for host 'h' was NULL - aborting.\n") == 1,
	      "a command that the core does not know");
	CHECK(call(fake_notification_event(NULL, false, admin, "mail", NORMAL)) == 0 &&
	          fake_logged("ERROR - Notification handler received NULL host object pointer.\n") == 1,
	      "without an object");
	fake_hostgroup("lan", rig_host);
	settings(0);
	CHECK(notify(true, admin, "mail", NORMAL) == 0 && fake_logged("passing by") == 0, "local group");
	M->settings.debug = true;
	CHECK(notify(true, admin, "mail", NORMAL) == 0 &&
	          fake_logged("mod_gearman: passing by local service notification: h - s\n") == 1,
	      "with a line of debugging");
	CHECK(notify(false, admin, "mail", NORMAL) == 0 &&
	          fake_logged("mod_gearman: passing by local host notification: h\n") == 1,
	      "for a host too");
	CHECK(fake_logged(" NOTIFICATION: ") == 0, "what the core runs, the core logs");
	fake.broker_options = 1 | 4 | 8;
	settings(0);
	CHECK(fake_logged("ERROR - mod_gearman needs BROKER_NOTIFICATIONS (64) event_broker_options enabled to work\n") ==
	          1,
	      "the bit that is needed");
	stop();
}

static void test_away(void)
{
	start(MGM_NAEMON);
	settings(0);
	rig_cut();
	CHECK(notify(true, admin, "mail", NORMAL) == 0 && M->policy.counts.notifications_local == 1, "away, policy local");
	mgm_presence_tick(M);
	CHECK(fake_logged("checks are held, event handlers are run locally and notifications are run locally until it is "
	                  "back\n") == 1,
	      "said so");
	rig_connect(10);
	settings(1);
	CHECK(fake_logged("0 were kept for it; 1 notifications ran locally, 0 were kept for it\n") == 1, "counted");
	notify(true, admin, "mail!first", NORMAL);
	rig_cut();
	CHECK(notify(false, admin, "mail!second", NORMAL) == OVERRIDE && M->pending.count == 2, "away, policy keep");
	rig_connect(10);
	settings(1);
	CHECK(sent_line("/bin/mail first  PROBLEM 7 admin") && sent_line("/bin/mail second  RECOVERY 0 admin"),
	      "back: the unanswered one is sent again, then the kept one");
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 1);
	M->pending.max_events = M->pending.count;
	CHECK(notify(true, admin, "mail", NORMAL) == 0 &&
	          fake_logged("ERROR - failed to send notification to gearmand\n") == 1,
	      "no space: the core runs it");
	stop();
}

static void test_rejected(void)
{
	struct mgm_frame frame = { 0 };

	start(MGM_NAEMON);
	settings(0);
	notify(true, admin, "mail", NORMAL);
	mgm_frame_begin(&frame, MGM_MSG_EVENT_REJECTED);
	mgm_frame_i64(&frame, MGM_ID_SEQ, 1);
	mgm_frame_text(&frame, MGM_ID_TEXT, "too large");
	rig_tell(&frame);
	CHECK(M->totals.notifications_lost == 1 && M->pending.count == 0 &&
	          fake_logged("ERROR - failed to send notification to gearmand: h - s: too large\n") == 1,
	      "refused by the bridge");
	stop();
}

static void test_no_memory(void)
{
	int taken = 0, left = 0;

	start(MGM_NAEMON);
	settings(0);
	M->looping = false; /* nothing else is to allocate */
	for (int allocations = 0; allocations < 40; allocations++) {
		void *event = fake_notification_event(rig_service, true, admin, "mail!x", CUSTOM);
		int rc;

		mgm_set_cstr(fake.core.abi, event, FIELD(ACK_AUTHOR), "admin");
		M->verified[MGM_EVENT_NOTIFICATION] = true;
		fake_allocations_left = allocations;
		rc = call(event);
		fake_allocations_left = -1;
		if (rc == OVERRIDE)
			taken++;
		else
			left++;
	}
	CHECK(taken > 0 && left > 5 && M->pending.count == (size_t)taken, "taken, or the core's, never half");
	M->looping = true;
	stop();
}

int main(void)
{
	test_fields();
	test_author();
	test_log();
	test_left_to_core();
	test_away();
	test_rejected();
	test_no_memory();
	return tap_done();
}
