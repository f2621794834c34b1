/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What a module's OVERRIDE, CANCEL and OK do to checks and event handlers, seen through a real module. */
#include <dlfcn.h>
#include <time.h>

#include "../../testcore/exports.h"
#include "../../testcore/iobroker.h"
#include "../../testcore/log.h"
#include "../../testcore/module.h"
#include "../../testcore/neb.h"
#include "../../testcore/next_check.h"
#include "../../testcore/objects.h"
#include "../../testcore/report.h"
#include "../../testcore/runner.h"
#include "../../testcore/schedule.h"
#include "../../testcore/timers.h"
#include "module/probe.h"
#include "scratch.h"
#include "tap.h"

#define OVERRIDE 206
#define CANCEL 207

/* What the module answers to each event type, and what it saw. */
static int verdicts[1300];
static char seen[1024];
static int seen_options;
static char seen_line[256];
static void *module_handle;

void probe_mapped(int change)
{
	(void)change;
}

void probe_deinit(int flags, int reason)
{
	(void)flags;
	(void)reason;
}

static void check_registering(void)
{
	int (*callback)(int, void *);

	*(void **)&callback = dlsym(module_handle, "probe_callback");
	is_int(neb_register_callback(-1, module_handle, 0, callback), 204, "no callback of type -1");
	is_int(neb_register_callback(27, module_handle, 0, callback), 204, "nor of type 27");
	is_int(neb_register_callback(6, NULL, 0, callback), 203, "nor for a foreign handle");
	is_int(neb_register_callback(6, module_handle, 0, NULL), 200, "nor without a function");
	for (int type = 0; type < 27; type++)
		neb_register_callback(type, module_handle, 0, callback);
}

int probe_init(int flags, const char *args, void *handle)
{
	is_int(flags, 0, "init flags");
	is_str(args, "a=1 b=2", "init arguments");
	module_handle = handle;
	is_int(neb_set_module_info(handle, 0, "probe"), 0, "module info");
	is_int(neb_set_module_info(handle, 6, "probe"), 208, "only six kinds of it");
	check_registering();
	return 0;
}

int probe_event(int type, void *event)
{
	int kind = tc_i32(event, MGM_F_NEBSTRUCT_PROCESS_DATA_TYPE);
	char text[16];

	if (type == 2 || kind < 0 || kind >= 1300)
		return 0;
	snprintf(text, sizeof(text), "%d ", kind);
	strcat(seen, text);
	if (kind == 700 || kind == 800) {
		void *result = tc_ptr(event, kind == 700 ? MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_CHECK_RESULT_PTR
		                                         : MGM_F_NEBSTRUCT_HOST_CHECK_DATA_CHECK_RESULT_PTR);

		seen_options = tc_i32(result, MGM_F_CHECK_RESULT_CHECK_OPTIONS);
		snprintf(seen_line, sizeof(seen_line), "%s",
		         tc_str(event, kind == 700 ? MGM_F_NEBSTRUCT_SERVICE_CHECK_DATA_COMMAND_LINE
		                                   : MGM_F_NEBSTRUCT_HOST_CHECK_DATA_COMMAND_LINE));
	}
	return verdicts[kind];
}

static struct tc_options options;

static void fresh(void)
{
	tc_runner_stop();
	clear_event_queue();
	tc_objects_free();
	tc_objects_create(&options);
	memset(verdicts, 0, sizeof(verdicts));
	seen[0] = seen_line[0] = '\0';
	seen_options = -1;
	tc_report_init(false);
}

/* Schedule the check for now and let the loop run what is due. */
static void due_now(const struct tc_kind *kind, void *object, int option)
{
	tc_schedule_next(kind, object, 0, option);
	tc_event_poll(nagios_iobs, 0);
}

static void wait_for_children(void)
{
	while (tc_runner_running() > 0)
		tc_event_poll(nagios_iobs, TC_MAX_POLL_MS);
}

static bool planned_after(const struct tc_kind *kind, const void *object, int64_t seconds)
{
	int64_t left = tc_i64(object, kind->next_check) - time(NULL);

	return tc_ptr(object, kind->next_check_event) != NULL && left > seconds - 5 && left <= seconds;
}

static const struct scene {
	const char *name;
	bool service, initiate;
	int verdict;
	const char *events;
	int64_t next_in; /* seconds: 60 is the interval, 20 the retry interval */
} scenes[] = {
	{ "service, PRECHECK CANCEL", true, false, CANCEL, "704 ", 60 },
	{ "service, PRECHECK OVERRIDE", true, false, OVERRIDE, "704 ", 60 },
	{ "service, INITIATE CANCEL", true, true, CANCEL, "704 700 ", 60 },
	{ "service, INITIATE OVERRIDE", true, true, OVERRIDE, "704 700 ", 60 },
	{ "host, PRECHECK CANCEL", false, false, CANCEL, "804 ", 20 },
	{ "host, PRECHECK OVERRIDE", false, false, OVERRIDE, "804 ", 60 },
	{ "host, INITIATE CANCEL", false, true, CANCEL, "804 800 ", 20 },
	{ "host, INITIATE OVERRIDE", false, true, OVERRIDE, "804 800 ", 60 },
};

static void test_scene(const struct scene *scene)
{
	const struct tc_kind *kind = scene->service ? &tc_service_kind : &tc_host_kind;
	void *object;

	fresh();
	object = scene->service ? service_list : host_list;
	verdicts[(scene->service ? 700 : 800) + (scene->initiate ? 0 : 4)] = scene->verdict;
	due_now(kind, object, 0);
	is_str(seen, scene->events, scene->name);
	ok(tc_runner_running() == 0 && tc_i32(object, kind->is_executing) == 0 && currently_running_service_checks == 0 &&
	       currently_running_host_checks == 0,
	   "nothing runs here");
	ok(planned_after(kind, object, scene->next_in), "next check in %lld s", (long long)scene->next_in);
	is_int((long long)tc_report_count(scene->verdict == CANCEL ? TC_CANCEL : TC_CHECK), 1, "counted");
}

static void test_local(const struct tc_kind *kind)
{
	void *object;

	fresh();
	object = kind->service ? service_list : host_list;
	verdicts[kind->service ? 701 : 801] = CANCEL;
	due_now(kind, object, 0);
	ok(tc_i32(object, kind->is_executing) == 1 && tc_runner_running() == 1 &&
	       currently_running_service_checks == kind->service && currently_running_host_checks == !kind->service,
	   "OK: the core runs the %s check", kind->service ? "service" : "host");
	is_str(seen_line, kind->service ? "echo made for host-01/service-01" : "echo up", "command line in the event");
	wait_for_children();
	is_str(tc_str(object, kind->plugin_output), kind->service ? "made for host-01/service-01" : "up", "its output");
	ok(tc_i32(object, kind->is_executing) == 0 && currently_running_service_checks == 0 &&
	       currently_running_host_checks == 0,
	   "flag and counters are back");
	is_str(seen, kind->service ? "704 700 701 " : "804 800 801 ", "PROCESSED follows, its verdict means nothing");
	ok(planned_after(kind, object, 60), "and the next check is planned");
}

static void test_forced_and_executing(void)
{
	void *service;

	fresh();
	service = service_list;
	verdicts[700] = OVERRIDE;
	due_now(&tc_service_kind, service, 1);
	is_int(seen_options, 1, "the options travel in the check result");
	is_int(tc_i32(service, MGM_F_SERVICE_CHECK_OPTIONS), 0, "the service's own are those of the next check");
	tc_set_i32(service, MGM_F_SERVICE_IS_EXECUTING, 1);
	seen[0] = '\0';
	tc_schedule_next(&tc_service_kind, service, 0, 1);
	tc_event_poll(nagios_iobs, 0);
	is_str(seen, "704 700 ", "a service that is still executing fires once more");
	ok(tc_ptr(service, MGM_F_SERVICE_NEXT_CHECK_EVENT) == NULL, "and is then not planned any more");
	tc_set_i32(host_list, MGM_F_HOST_IS_EXECUTING, 1);
	seen[0] = '\0';
	due_now(&tc_host_kind, host_list, 0);
	is_str(seen, "", "a host that is still executing is not asked for");
	due_now(&tc_host_kind, host_list, 1);
	is_str(seen, "804 800 ", "unless it is forced");
}

static void test_orphans(void)
{
	void *service;

	fresh();
	service = service_list;
	tc_set_i32(service, MGM_F_SERVICE_IS_EXECUTING, 1);
	currently_running_service_checks = 1;
	tc_set_i64(service, MGM_F_SERVICE_NEXT_CHECK, time(NULL) - 10 - 60);
	tc_orphans_search(&tc_service_kind, 30);
	ok(tc_i32(service, MGM_F_SERVICE_IS_EXECUTING) == 1, "a late check within the margin is left alone");
	tc_orphans_search(&tc_service_kind, 5);
	ok(tc_i32(service, MGM_F_SERVICE_IS_EXECUTING) == 0 && currently_running_service_checks == 0,
	   "beyond it the check counts as lost");
	has_str(scratch_read(scratch_path("log")),
	        "Warning: The check of service 'service-01' on host 'host-01' looks like "
	        "it was orphaned (results never came back;",
	        "log line");
	is_int(tc_i32(service, MGM_F_SERVICE_CHECK_OPTIONS), 4, "a new one is planned with the orphan option");
	verdicts[700] = OVERRIDE;
	tc_event_poll(nagios_iobs, 0);
	is_int(seen_options, 4, "which the module sees");
}

static void fail_service(void)
{
	void *result = tc_new(MGM_S_CHECK_RESULT);

	init_check_result(result);
	tc_set_i32(result, MGM_F_CHECK_RESULT_RETURN_CODE, 2);
	handle_async_service_check_result(service_list, result);
	free(result);
}

static void test_event_handler(int verdict, bool local, const char *events)
{
	char path[512];

	snprintf(path, sizeof(path), "%s", scratch_path("handled"));
	unlink(path);
	fresh();
	verdicts[500] = verdict;
	fail_service();
	is_str(seen, events, "event handler events");
	wait_for_children();
	is_str(scratch_read(path), local ? "CRITICAL host-01 service-01\n" : "",
	       local ? "the core ran the handler" : "the core did not run it");
	seen[0] = '\0';
	fail_service();
	ok(strstr(seen, "500") == NULL, "no handler without a change");
}

static void test_timeout(void)
{
	void *service;

	fresh();
	service = tc_ptr(service_list, MGM_F_SERVICE_NEXT);
	tc_set_i32(service, MGM_F_SERVICE_CHECK_TIMEOUT, 1);
	due_now(&tc_service_kind, service, 0);
	wait_for_children();
	has_str(tc_str(service, MGM_F_SERVICE_PLUGIN_OUTPUT), "(Service check timed out after ",
	        "a plugin that hangs is killed, with what it started");
}

int main(void)
{
	static char handler[600];
	char message[4096];
	char *argv[] = { "t",
		             "--hosts=1",
		             "--services=2",
		             "--interval=60",
		             "--retry-interval=20",
		             "--max-attempts=1",
		             "--command=echo made for $HOSTNAME$/$SERVICEDESC$",
		             "--command=sleep 600 & wait",
		             "--host-command=echo up",
		             handler };

	alarm(60);
	scratch_make();
	snprintf(handler, sizeof(handler), "--event-handler=echo $SERVICESTATE$ $HOSTNAME$ $SERVICEDESC$ > %s",
	         scratch_path("handled"));
	if (tc_options_parse(&options, 10, argv, message, sizeof(message)) != TC_OPTIONS_OK ||
	    !tc_log_open(scratch_path("log")))
		return 1;
	event_broker_options = 1048575;
	nagios_iobs = tc_iobroker_create();
	tc_checks_enable();
	ok(tc_module_load(build_path("test/core-module/probe.so"), "a=1 b=2", false), "module loaded");
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		test_scene(&scenes[i]);
	test_local(&tc_service_kind);
	test_local(&tc_host_kind);
	test_forced_and_executing();
	test_orphans();
	test_event_handler(0, true, "500 501 701 ");
	test_event_handler(CANCEL, true, "500 501 701 ");
	test_event_handler(OVERRIDE, false, "500 701 ");
	test_timeout();
	tc_runner_stop();
	clear_event_queue();
	tc_timers_discard();
	tc_neb_clear_callbacks();
	tc_module_unload(TC_UNLOAD_SHUTDOWN);
	tc_objects_free();
	tc_iobroker_destroy(nagios_iobs, true);
	tc_log_close();
	unlink(scratch_path("handled"));
	unlink(scratch_path("log"));
	rmdir(scratch_folder);
	return tap_end();
}
