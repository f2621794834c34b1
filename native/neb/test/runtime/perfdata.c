/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Performance data: which results, the text, what happens without a bridge that takes it. */
#include "events/perfdata.h"

#include <signal.h>

#include "module_rig.h"

#define HOST_DEFAULT                                                                                               \
	"DATATYPE::HOSTPERFDATA\tTIMET::$TIMET$\tHOSTNAME::$HOSTNAME$\tHOSTPERFDATA::$HOSTPERFDATA$\tHOSTCHECKCOMMAND" \
	"::$HOSTCHECKCOMMAND$\tHOSTSTATE::$HOSTSTATE$\tHOSTSTATETYPE::$HOSTSTATETYPE$"
#define SERVICE_DEFAULT                                                                                          \
	"DATATYPE::SERVICEPERFDATA\tTIMET::$TIMET$\tHOSTNAME::$HOSTNAME$\tSERVICEDESC::$SERVICEDESC$\tSERVICEPERF"   \
	"DATA::$SERVICEPERFDATA$\tSERVICECHECKCOMMAND::$SERVICECHECKCOMMAND$\tHOSTSTATE::$HOSTSTATE$\tHOSTSTATETYPE" \
	"::$HOSTSTATETYPE$\tSERVICESTATE::$SERVICESTATE$\tSERVICESTATETYPE::$SERVICESTATETYPE$"

/* One captured record and the members it was made of. */
struct captured {
	int run; /* 0: default templates */
	int64_t time;
	const char *host, *service, *perfdata, *command, *host_state, *host_type, *service_state, *service_type, *text;
};

#include "perfdata_vectors.h"

static void settings(const char *host, const char *service, uint32_t send_all)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
	mgm_frame_u32(&frame, MGM_ID_SERVICES, 1);
	mgm_frame_u32(&frame, MGM_ID_PERFDATA, 1);
	mgm_frame_u32(&frame, MGM_ID_PERFDATA_SEND_ALL, send_all);
	mgm_frame_text(&frame, MGM_ID_HOST_PERFDATA_TEMPLATE, host);
	mgm_frame_text(&frame, MGM_ID_SERVICE_PERFDATA_TEMPLATE, service);
	rig_tell(&frame);
}

static void start(const char *host, const char *service)
{
	rig_start(MGM_NAEMON);
	mgm_set_i32(fake.core.abi, rig_host, MGM_F_HOST_PROCESS_PERFORMANCE_DATA, 1);
	mgm_set_i32(fake.core.abi, rig_service, MGM_F_SERVICE_PROCESS_PERFORMANCE_DATA, 1);
	mgm_set_cstr(fake.core.abi, rig_host, MGM_F_HOST_PERF_DATA, "p=1");
	mgm_set_cstr(fake.core.abi, rig_service, MGM_F_SERVICE_PERF_DATA, "p=2");
	rig_connect(1000);
	settings(host, service, 0);
}

static int processed(bool service, const char *perf_data)
{
	void *event = fake_processed_event(service, service ? rig_service : rig_host, perf_data);

	return service ? mgm_perfdata_service(M, event) : mgm_perfdata_host(M, event);
}

static bool next_is(const char *text)
{
	const struct mgm_message *got = rig_next(MGM_MSG_PERFDATA);

	return got != NULL && rig_text(got, MGM_ID_TEXT, text);
}

static int number_of(const char *word, const char *const *words)
{
	int i = 0;

	while (words[i] != NULL && strcmp(words[i], word) != 0)
		i++;
	return words[i] != NULL ? i : 0;
}

/* The members of host and service as they were when the record was captured. */
static void set_members(const struct captured *c)
{
	static const char *const host_states[] = { "UP", "DOWN", "UNREACHABLE", NULL };
	static const char *const service_states[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN", NULL };
	static const char *const types[] = { "SOFT", "HARD", NULL };
	const struct mgm_abi *abi = fake.core.abi;

	fake.now_us = c->time * 1000000 + 999999;
	mgm_set_cstr(abi, rig_host, MGM_F_HOST_NAME, c->host);
	mgm_set_i32(abi, rig_host, MGM_F_HOST_CURRENT_STATE, number_of(c->host_state, host_states));
	mgm_set_i32(abi, rig_host, MGM_F_HOST_STATE_TYPE, number_of(c->host_type, types));
	mgm_set_cstr(abi, rig_host, MGM_F_HOST_CHECK_COMMAND, c->command);
	mgm_set_cstr(abi, rig_host, MGM_F_HOST_PERF_DATA, c->perfdata);
	if (c->service == NULL)
		return;
	mgm_set_cstr(abi, rig_service, MGM_F_SERVICE_HOST_NAME, c->host);
	mgm_set_cstr(abi, rig_service, MGM_F_SERVICE_DESCRIPTION, c->service);
	mgm_set_i32(abi, rig_service, MGM_F_SERVICE_CURRENT_STATE, number_of(c->service_state, service_states));
	mgm_set_i32(abi, rig_service, MGM_F_SERVICE_STATE_TYPE, number_of(c->service_type, types));
	mgm_set_cstr(abi, rig_service, MGM_F_SERVICE_CHECK_COMMAND, c->command);
	mgm_set_cstr(abi, rig_service, MGM_F_SERVICE_PERF_DATA, c->perfdata);
}

/* Filled in by us: what the core gives is wrong here. */
static void test_captured(void)
{
	int right = 0, rows = (int)(sizeof(captured) / sizeof(captured[0]));

	for (int run = 0; run < 2; run++) {
		start(run == 0 ? HOST_DEFAULT : "H\t$HOSTNAME$\n$HOSTPERFDATA$\tx\\\\y",
		      run == 0 ? SERVICE_DEFAULT : "S;$HOSTNAME$;$SERVICEDESC$;$SERVICEPERFDATA$;$TIMET$");
		M->perfdata.host.compared = M->perfdata.service.compared = 1000;
		fake.expanded = "wrong";
		for (int i = 0; i < rows; i++) {
			if (captured[i].run != run)
				continue;
			set_members(&captured[i]);
			processed(captured[i].service != NULL, captured[i].perfdata);
			if (next_is(captured[i].text))
				right++;
			else
				printf("# %s", captured[i].text);
		}
		CHECK(fake.expansions == 0, "run r%d: nothing is expanded by the core", run + 1);
		rig_stop();
	}
	CHECK(rows == 68 && right == rows, "all %d captured records, byte for byte: %d", rows, right);
}

static void test_compared(void)
{
	start("$HOSTNAME$=$HOSTPERFDATA$", "$SERVICEDESC$");
	fake.expanded = "h=p=1\n";
	for (int i = 0; i < 40; i++)
		processed(false, "p=1");
	CHECK(fake.expansions == 16 && next_is("h=p=1\n"), "the core's text is asked for 16 times, then it is known");
	fake.expanded = "s and more\n";
	for (int i = 0; i < 40; i++)
		processed(true, "p=2");
	while (rig_next(MGM_MSG_PERFDATA) != NULL)
		;
	processed(true, "p=2");
	CHECK(fake.expansions == 57 && next_is("s and more\n"), "a core whose text differs expands each");
	rig_stop();
}

static void test_core_expands(void)
{
	start("$HOSTNAME$ $_HOSTSITE$", "open $SERVICEDESC");
	fake.expanded = "by the core\n";
	for (int i = 0; i < 20; i++)
		processed(i % 2 == 0, "p=2");
	CHECK(fake.expansions == 20 && next_is("by the core\n"), "templates with other macros");
	settings("$HOSTSTATE$", "$$1 $HOSTNAME$", 0);
	M->perfdata.host.compared = M->perfdata.service.compared = 1000;
	while (rig_next(MGM_MSG_PERFDATA) != NULL)
		;
	mgm_set_i32(fake.core.abi, rig_host, MGM_F_HOST_CURRENT_STATE, 7);
	processed(false, "p=1");
	CHECK(next_is("by the core\n"), "a state without a name is the core's");
	processed(true, "p=2");
	CHECK(next_is("$1 h\n"), "two signs are one");
	fake.expanded = NULL;
	fake.expands_nothing = true;
	processed(false, "p=1");
	CHECK(rig_next(MGM_MSG_PERFDATA) == NULL && M->records.dropped == 1 &&
	          fake_logged("ERROR - failed to send perfdata to gearmand\n") == 1,
	      "no text");
	rig_stop();
}

static void test_which(void)
{
	const struct mgm_message *got;

	start("$HOSTNAME$", "$SERVICEDESC$");
	fake.expanded = "s\n";
	CHECK(processed(true, "p=2") == 0, "the event goes on");
	got = rig_next(MGM_MSG_PERFDATA);
	CHECK(got != NULL && rig_text(got, MGM_ID_HOST_NAME, "h") && rig_text(got, MGM_ID_SERVICE_DESCRIPTION, "s") &&
	          mgm_msg_i64(got, MGM_ID_SEQ, 0) == 1,
	      "of a service, every field");
	fake.expanded = "h\n";
	processed(false, "p=1");
	got = rig_next(MGM_MSG_PERFDATA);
	CHECK(got != NULL && rig_text(got, MGM_ID_SERVICE_DESCRIPTION, NULL) && rig_text(got, MGM_ID_TEXT, "h\n"),
	      "of a host");
	processed(true, NULL);
	CHECK(rig_next(MGM_MSG_PERFDATA) == NULL, "not without performance data");
	mgm_perfdata_service(M, fake_check_event(true, false, rig_service, "x", 0, 0));
	CHECK(rig_next(MGM_MSG_PERFDATA) == NULL, "not before the result");
	mgm_set_i32(fake.core.abi, rig_host, MGM_F_HOST_PROCESS_PERFORMANCE_DATA, 0);
	processed(false, "p=1");
	CHECK(rig_next(MGM_MSG_PERFDATA) == NULL, "not of an object that has it switched off");
	settings("$HOSTNAME$", "$SERVICEDESC$", 1);
	processed(false, "p=1");
	CHECK(rig_next(MGM_MSG_PERFDATA) != NULL, "perfdata_send_all: of that too");
	fake.perfdata = 0;
	processed(false, "p=1");
	CHECK(rig_next(MGM_MSG_PERFDATA) == NULL, "not when the core has it switched off");
	CHECK(fake_logged("Warning: process_performance_data is disabled globally") == 0, "switched off later: no line");
	settings("$HOSTNAME$", "$SERVICEDESC$", 1);
	CHECK(fake_logged("mod_gearman: Warning: process_performance_data is disabled globally, cannot process performance "
	                  "data\n") == 1,
	      "the warning");
	fake.perfdata = 1;
	rig_settings(0, 0, 0);
	processed(false, "p=1");
	CHECK(rig_next(MGM_MSG_PERFDATA) == NULL, "not when it is not asked for");
	rig_stop();
}

/* A record of the host with a text of its own. */
static void record(int number)
{
	static char text[FAKE_MAX][16];

	snprintf(text[number], sizeof(text[number]), "p=%d", number);
	mgm_set_cstr(fake.core.abi, rig_host, MGM_F_HOST_PERF_DATA, text[number]);
	M->perfdata.host.compared = 1000;
	processed(false, text[number]);
}

static void test_away(void)
{
	const struct mgm_message *got;
	bool right = true;
	int dropped;

	start("$HOSTPERFDATA$", "");
	record(0);
	CHECK(rig_next(MGM_MSG_PERFDATA) != NULL && M->records.count == 0 && M->pending.count == 1, "sent, not answered");
	rig_cut();
	CHECK(M->pending.count == 0 && M->records.count == 1, "the connection is gone: kept");
	record(1);
	rig_connect(1000);
	settings("$HOSTPERFDATA$", "", 0);
	CHECK(next_is("p=0\n") && next_is("p=1\n"), "both come on the next one, in order");
	rig_cut();
	M->records.max_bytes = 10 * (sizeof(struct mgm_event) + 48);
	for (int i = 2; i < 30; i++)
		record(i);
	dropped = (int)M->records.dropped;
	CHECK(dropped > 10 && M->records.count + (size_t)dropped == 30, "the oldest are dropped: %d", dropped);
	mgm_session_tick(M);
	CHECK(fake_logged(" records of performance data and exports were dropped, the oldest first: the bridge does not "
	                  "take them\n") == 1,
	      "and the log says how many");
	rig_connect(1000);
	mgm_session_tick(M);
	CHECK(rig_next(MGM_MSG_RECORDS_DROPPED) == NULL, "nothing is said before the settings");
	settings("$HOSTPERFDATA$", "", 0);
	for (int i = dropped; i < 30; i++) {
		char text[16];

		snprintf(text, sizeof(text), "p=%d\n", i);
		right = next_is(text) && right;
	}
	CHECK(right && rig_next(MGM_MSG_PERFDATA) == NULL, "the others are sent when it is back");
	mgm_session_tick(M);
	mgm_session_tick(M);
	got = rig_next(MGM_MSG_RECORDS_DROPPED);
	CHECK(got != NULL && mgm_msg_i64(got, MGM_ID_RECORDS, 0) == dropped && rig_next(MGM_MSG_RECORDS_DROPPED) == NULL,
	      "and the bridge is given their number, once");
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 0);
	record(30);
	CHECK(rig_next(MGM_MSG_PERFDATA) == NULL && M->records.count == 1, "STATE 0: kept");
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 1);
	CHECK(next_is("p=30\n"), "STATE 1: sent");
	rig_stop();
}

static void test_window(void)
{
	int sent = 0;

	start("$HOSTNAME$", "$SERVICEDESC$");
	rig_tell_u32(MGM_MSG_WINDOW, MGM_ID_WINDOW, 10);
	fake.expanded = "h\n";
	for (int i = 0; i < 20; i++)
		processed(false, "p=1");
	while (rig_next(MGM_MSG_PERFDATA) != NULL)
		sent++;
	CHECK(sent == 5 && M->records.count == 15, "half of the window is left for checks");
	{
		struct mgm_frame frame = { 0 };

		mgm_frame_begin(&frame, MGM_MSG_EVENT_DONE);
		mgm_frame_i64(&frame, MGM_ID_SEQ, 5);
		rig_tell(&frame);
	}
	for (sent = 0; rig_next(MGM_MSG_PERFDATA) != NULL; sent++)
		;
	CHECK(sent == 5 && M->records.count == 10 && M->pending.count == 5, "answered ones make place for the next");
	{
		struct mgm_frame frame = { 0 };

		mgm_frame_begin(&frame, MGM_MSG_EVENT_REJECTED);
		mgm_frame_i64(&frame, MGM_ID_SEQ, 6);
		mgm_frame_text(&frame, MGM_ID_TEXT, "too long");
		rig_tell(&frame);
	}
	CHECK(M->totals.records_rejected == 1 &&
	          fake_logged("ERROR - failed to send perfdata to gearmand: too long\n") == 1,
	      "a refused one is counted and logged");
	rig_stop();
}

static void test_end(void)
{
	start("$HOSTNAME$", "$SERVICEDESC$");
	fake.expanded = "h\n";
	rig_tell_u32(MGM_MSG_STATE, MGM_ID_READY, 0);
	processed(false, "p=1");
	mgm_session_end(M, false);
	CHECK(next_is("h\n") && fake_logged("are lost") == 0, "at the end of the loop the bridge takes what is left");
	M->looping = true;
	rig_stop();
	start("$HOSTNAME$", "$SERVICEDESC$");
	fake.expanded = "h\n";
	rig_cut();
	processed(false, "p=1");
	mgm_session_end(M, false);
	CHECK(fake_logged(
			  "ERROR - 1 records of performance data and exports are lost: the bridge did not take them in time\n") ==
	          1,
	      "without a bridge it is lost, and the log says so");
	M->looping = true;
	rig_stop();
}

static void test_no_memory(void)
{
	start("$HOSTNAME$", "$SERVICEDESC$");
	fake.expanded = "h\n";
	M->perfdata.host.compared = 1000;
	processed(false, "p=1");
	while (rig_next(MGM_MSG_PERFDATA) != NULL)
		;
	M->records.store.current->used = MGM_BLOCK_BYTES; /* a full one */
	fake_allocations_left = 0;
	processed(false, "p=1");
	fake_allocations_left = -1;
	CHECK(M->records.dropped == 1 && rig_next(MGM_MSG_PERFDATA) == NULL, "no memory for a record: dropped, counted");
	for (int left = 0; left < 12; left++) {
		struct mgm_frame frame = { 0 };

		mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
		mgm_frame_u32(&frame, MGM_ID_PERFDATA, 1);
		mgm_frame_text(&frame, MGM_ID_HOST_PERFDATA_TEMPLATE, "$HOSTNAME$");
		mgm_frame_end(&frame);
		if (bridge < 0)
			rig_connect(1000);
		if (send(bridge, frame.data, frame.size, 0) < 0)
			CHECK(false, "the test could not send");
		mgm_frame_free(&frame);
		fake_allocations_left = left;
		fake_io();
		fake_allocations_left = -1;
		processed(false, "p=1");
		if (M->link.state == MGM_LINK_DOWN)
			rig_stop_bridge();
	}
	CHECK(M->settings.perfdata && M->link.state == MGM_LINK_UP, "no memory for settings: asked for again");
	rig_stop();
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_captured();
	test_compared();
	test_core_expands();
	test_which();
	test_away();
	test_window();
	test_end();
	test_no_memory();
	return tap_done();
}
