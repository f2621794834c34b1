/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Service and host checks of both families: what is handed over, held, left alone; and which flags move. */
#include "events/checks.h"

#include <math.h>

#include "module_rig.h"

static const char *const kinds[] = { "host", "service" };

static int event(bool service, bool precheck, const char *command, int options, double latency)
{
	void *data = fake_check_event(service, precheck, service ? rig_service : rig_host, command, options, latency);

	return service ? mgm_checks_service(M, data) : mgm_checks_host(M, data);
}

static void set_flags(bool service)
{
	const struct mgm_abi *abi = fake.core.abi;
	void *object = service ? rig_service : rig_host;

	mgm_set_i32(abi, object, service ? MGM_F_SERVICE_IS_BEING_FRESHENED : MGM_F_HOST_IS_BEING_FRESHENED, 1);
	mgm_set_i32(abi, object, service ? MGM_F_SERVICE_CHECK_OPTIONS : MGM_F_HOST_CHECK_OPTIONS, 2);
}

/* A core asks again only for an object without the mark; the options belong to the next run. */
static bool mark_cleared(bool service)
{
	return rig_get(service, MGM_F_SERVICE_IS_BEING_FRESHENED, MGM_F_HOST_IS_BEING_FRESHENED) == 0 &&
	       rig_get(service, MGM_F_SERVICE_CHECK_OPTIONS, MGM_F_HOST_CHECK_OPTIONS) == 2;
}

static void test_send(enum mgm_family family, const char *name, bool service)
{
	const struct mgm_message *got;

	rig_start(family);
	rig_connect(10);
	rig_settings(0, 0, 0);
	set_flags(service);
	CHECK(event(service, true, NULL, 0, 0) == 0, "%s %s: PRECHECK passes", name, kinds[service]);
	CHECK(event(service, false, "/bin/x -y", 1, 0.25) == OVERRIDE, "%s %s: taken", name, kinds[service]);
	got = rig_next(service ? MGM_MSG_SERVICE_CHECK : MGM_MSG_HOST_CHECK);
	if (CHECK(got != NULL, "%s %s: sent", name, kinds[service]))
		CHECK(mgm_msg_i64(got, MGM_ID_SEQ, 0) == 1 && rig_text(got, MGM_ID_HOST_NAME, "h") &&
		          rig_text(got, MGM_ID_SERVICE_DESCRIPTION, service ? "s" : NULL) &&
		          rig_text(got, MGM_ID_QUEUE, kinds[service]) && rig_text(got, MGM_ID_COMMAND_LINE, "/bin/x -y") &&
		          mgm_msg_i64(got, MGM_ID_CORE_TIME, 0) == fake.now_us - 250000 &&
		          mgm_msg_u32(got, MGM_ID_TIMEOUT, 0) == 60 && mgm_msg_u32(got, MGM_ID_CHECK_OPTIONS, 0) == 3,
		      "%s %s: every field", name, kinds[service]);
	CHECK(RIG_EXECUTING(service) == 1 && fake.stats_count == 1 &&
	          rig_get(service, MGM_F_SERVICE_IS_BEING_FRESHENED, MGM_F_HOST_IS_BEING_FRESHENED) == 0 &&
	          rig_get(service, MGM_F_SERVICE_CHECK_OPTIONS, MGM_F_HOST_CHECK_OPTIONS) == 0,
	      "%s %s: executing, counted, flags cleared", name, kinds[service]);
	CHECK(event(service, false, "/bin/x", 0, -5) == OVERRIDE, "%s %s: negative latency", name, kinds[service]);
	got = rig_next(service ? MGM_MSG_SERVICE_CHECK : MGM_MSG_HOST_CHECK);
	CHECK(got != NULL && mgm_msg_i64(got, MGM_ID_CORE_TIME, 0) == fake.now_us, "%s %s: counts as none", name,
	      kinds[service]);
	CHECK(got != NULL && got->field[MGM_ID_QUEUE_RULE].data == NULL, "%s %s: no rule unless it is asked for", name,
	      kinds[service]);
	CHECK(got != NULL && got->field[MGM_ID_TAKEN_TIME].data == NULL, "%s %s: no time unless it is asked for", name,
	      kinds[service]);
	M->settings.explain_queues = true;
	M->settings.taken_times = true;
	CHECK(event(service, false, "/bin/x", 0, 0.5) == OVERRIDE, "%s %s: taken, to be explained", name, kinds[service]);
	got = rig_next(service ? MGM_MSG_SERVICE_CHECK : MGM_MSG_HOST_CHECK);
	CHECK(got != NULL && mgm_msg_u32(got, MGM_ID_QUEUE_RULE, 0) == MGM_RULE_GENERIC, "%s %s: the rule of its queue",
	      name, kinds[service]);
	CHECK(got != NULL && mgm_msg_i64(got, MGM_ID_TAKEN_TIME, 0) == fake.now_us &&
	          mgm_msg_i64(got, MGM_ID_CORE_TIME, 0) == fake.now_us - 500000,
	      "%s %s: planned and taken", name, kinds[service]);
	rig_stop();
}

/* PRECHECK knows nothing of a bridge that dies between it and INITIATE, hence the second way to hold. */
static void test_away(enum mgm_family family, const char *name, bool service)
{
	rig_start(family);
	CHECK(event(service, true, NULL, 0, 0) == CANCEL, "%s %s: held before any settings", name, kinds[service]);
	fake.now_us += 30000000;
	CHECK(event(service, true, NULL, 0, 0) == 0 && event(service, false, "/bin/x", 0, 0) == 0,
	      "%s %s: local after 30 s without", name, kinds[service]);
	CHECK(M->policy.counts.checks_held == 1 && M->policy.counts.checks_local == 1, "%s %s: both counted", name,
	      kinds[service]);
	rig_connect(10);
	rig_settings(0, 0, 0);
	rig_cut();
	set_flags(service);
	CHECK(event(service, true, NULL, 0, 0) == CANCEL && mark_cleared(service), "%s %s: held at PRECHECK while away",
	      name, kinds[service]);
	set_flags(service);
	mgm_set_i32(fake.core.abi, service ? rig_service : rig_host,
	            service ? MGM_F_SERVICE_IS_EXECUTING : MGM_F_HOST_IS_EXECUTING, 1);
	fake.schedule_count = 0;
	CHECK(event(service, false, "/bin/x", 4, 0) == (family == MGM_NAEMON ? CANCEL : OVERRIDE),
	      "%s %s: held at INITIATE", name, kinds[service]);
	if (family == MGM_NAGIOS)
		CHECK(RIG_EXECUTING(service) == 0 && fake.schedule_count == 1 &&
		          fake.schedule[0].when == fake.now_us / 1000000 + 300 && fake.schedule[0].options == 6,
		      "%s %s: scheduled again by us, options kept", name, kinds[service]);
	CHECK(mark_cleared(service) && fake.stats_count == 0, "%s %s: options stay, the freshness mark does not", name,
	      kinds[service]);
	rig_connect(10);
	rig_settings(1, 0, 0);
	rig_cut();
	CHECK(event(service, true, NULL, 0, 0) == 0 && event(service, false, "/bin/x", 0, 0) == 0, "%s %s: policy local",
	      name, kinds[service]);
	rig_stop();
}

/* neb-module.md 2.4 to 2.6: lines of debugging, only if they are asked for. */
static void test_debug(enum mgm_family family, const char *name)
{
	rig_start(family);
	fake_hostgroup("lan", rig_host);
	rig_connect(10);
	rig_settings(0, 0, 0);
	CHECK(event(true, false, "/bin/x", 0, 0) == 0 && fake_logged("passing by") == 0, "%s: not asked for", name);
	M->settings.debug = true;
	CHECK(event(true, true, NULL, 0, 0) == 0 && event(true, false, "/bin/x", 0, 0) == 0 &&
	          fake_logged("mod_gearman: passing by local servicecheck: h - s\n") == 1,
	      "%s: a local service check, once", name);
	CHECK(event(false, false, "/bin/x", 0, 0) == 0 && fake_logged("mod_gearman: passing by local hostcheck: h\n") == 1,
	      "%s: a local host check", name);
	M->settings.do_hostchecks = false;
	CHECK(event(false, false, "/bin/x", 0, 0) == 0 && fake_logged("passing by local hostcheck") == 1,
	      "%s: no host checks at all: no line", name);
	M->log.debug.limit = 60; /* of 12,000 a minute */
	for (int i = 0; i < 100; i++)
		event(true, false, "/bin/x", 0, 0);
	mgm_log_error(&M->log, "an error");
	CHECK(fake_logged("passing by local servicecheck: h - s\n") < 70 && fake_logged("ERROR - an error\n") == 1,
	      "%s: they are limited, apart from errors", name);
	rig_stop();
}

static void test_left_alone(enum mgm_family family, const char *name)
{
	void *data;

	rig_start(family);
	fake_hostgroup("lan", rig_host);
	rig_connect(10);
	rig_settings(0, 0, 0);
	CHECK(event(true, false, "/bin/x", 0, 0) == 0 && event(false, false, "/bin/x", 0, 0) == 0 &&
	          rig_next(MGM_MSG_SERVICE_CHECK) == NULL,
	      "%s: local group", name);
	rig_cut();
	CHECK(event(true, true, NULL, 0, 0) == 0, "%s: local group, not held while away either", name);
	data = fake_check_event(true, false, rig_service, "/bin/x", 0, 0);
	mgm_set_i32(fake.core.abi, data, MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_TYPE, 701);
	CHECK(mgm_checks_service(M, data) == 0, "%s: other types", name);
	rig_stop();
	rig_start(family);
	rig_connect(10);
	rig_settings(0, 0, 0);
	M->settings.do_hostchecks = false;
	CHECK(event(false, false, "/bin/x", 0, 0) == 0 && event(true, false, "/bin/x", 0, 0) == OVERRIDE,
	      "%s: do_hostchecks off is for hosts only", name);
	rig_stop();
}

static void test_errors(enum mgm_family family, const char *name)
{
	rig_start(family);
	rig_connect(10);
	rig_settings(0, 0, 0);
	CHECK(mgm_checks_service(M, fake_check_event(true, false, NULL, "x", 0, 0)) == CANCEL &&
	          fake_logged("mod_gearman: ERROR - Service handler received NULL service object pointer.\n") == 1,
	      "%s: no service", name);
	CHECK(mgm_checks_host(M, fake_check_event(false, false, NULL, "x", 0, 0)) == CANCEL &&
	          fake_logged("ERROR - Host handler received NULL host object pointer.\n") == 1,
	      "%s: no host", name);
	set_flags(true);
	CHECK(event(true, false, NULL, 0, 0) == CANCEL && mark_cleared(true) &&
	          fake_logged("ERROR - Processed check command for service 's' on host 'h' was NULL - aborting.\n") == 1,
	      "%s: service without a command", name);
	CHECK(event(false, false, NULL, 0, 0) == CANCEL &&
	          fake_logged("ERROR - Processed check command for host 'h' was NULL - aborting.\n") == 1,
	      "%s: host without a command", name);
	set_flags(true);
	M->pending.max_events = 0;
	CHECK(event(true, false, "/bin/x", 0, 0) == (family == MGM_NAEMON ? CANCEL : OVERRIDE) &&
	          fake_logged("ERROR - failed to send service check to gearmand\n") == 1 && mark_cleared(true) &&
	          RIG_EXECUTING(true) == 0 && M->held.count == 1,
	      "%s: outbox full: held, options stay, to be planned again", name);
	mgm_set_ptr(fake.core.abi, rig_service, MGM_F_SERVICE_HOST_PTR, NULL);
	CHECK(event(true, false, "/bin/x", 0, 0) == CANCEL &&
	          fake_logged("ERROR - Service handler received NULL host object pointer.\n") == 1,
	      "%s: service without a host", name);
	rig_stop();
}

/* Nothing of this comes from a healthy core; it must not take a core down or reach the bridge. */
static void test_nonsense(enum mgm_family family, const char *name)
{
	static const double nonsense[] = { HUGE_VAL, 1e300, NAN, -HUGE_VAL };
	const struct mgm_message *got;
	bool good = true;

	rig_start(family);
	rig_connect(10);
	rig_settings(0, 0, 0);
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		event(true, false, "/bin/x", 0, nonsense[i]);
		got = rig_next(MGM_MSG_SERVICE_CHECK);
		good = good && got != NULL && mgm_msg_i64(got, MGM_ID_CORE_TIME, 0) == fake.now_us;
	}
	CHECK(good, "%s: a latency that makes no sense counts as none", name);
	M->pending.max_events = 0;
	fake.schedule_count = 0;
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		mgm_set_f64(fake.core.abi, rig_service, MGM_F_SERVICE_CHECK_INTERVAL, nonsense[i]);
		event(true, false, "/bin/x", 0, 0);
	}
	for (int i = 0; i < fake.schedule_count; i++)
		good = good && fake.schedule[i].when == fake.now_us / 1000000 + 300;
	CHECK(good && fake.schedule_count == (family == MGM_NAEMON ? 0 : 4), "%s: an interval without sense neither", name);
	mgm_set_cstr(fake.core.abi, rig_service, MGM_F_SERVICE_DESCRIPTION, NULL);
	CHECK(event(true, false, "/bin/x", 0, 0) == 0 && event(true, true, NULL, 0, 0) == 0 &&
	          fake_logged("ERROR - Service handler received an object without a name.") == 2,
	      "%s: a service without a description is the core's", name);
	mgm_set_cstr(fake.core.abi, rig_host, MGM_F_HOST_NAME, NULL);
	CHECK(event(false, false, "/bin/x", 0, 0) == 0 &&
	          fake_logged("ERROR - Host handler received an object without a name.") == 1,
	      "%s: so is a host without a name", name);
	rig_stop();
}

static void test_first_event(enum mgm_family family, const char *name)
{
	void *data;

	rig_start(family);
	rig_connect(10);
	rig_settings(0, 0, 0);
	data = fake_check_event(true, false, rig_service, "/bin/x", 0, 0);
	mgm_set_cstr(fake.core.abi, data, MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_HOST_NAME, "other");
	CHECK(mgm_checks_service(M, data) == 0 && M->passive && fake_logged("does not fit layout") == 1 &&
	          RIG_EXECUTING(true) == 0,
	      "%s: a first event that does not fit makes it passive", name);
	rig_stop();
}

int main(void)
{
	static const char *const names[] = { "Naemon", "Nagios" };

	for (int f = 0; f < 2; f++) {
		enum mgm_family family = f == 0 ? MGM_NAEMON : MGM_NAGIOS;

		for (int service = 0; service < 2; service++) {
			test_send(family, names[f], service != 0);
			test_away(family, names[f], service != 0);
		}
		test_debug(family, names[f]);
		test_left_alone(family, names[f]);
		test_errors(family, names[f]);
		test_nonsense(family, names[f]);
		test_first_event(family, names[f]);
	}
	return tap_done();
}
