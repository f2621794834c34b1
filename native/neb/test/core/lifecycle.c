/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Start, reload, shutdown and refused modules: the order of events, and what is alive when. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>

#include "../../testcore/core.h"
#include "../../testcore/exports.h"
#include "../../testcore/iobroker.h"
#include "../../testcore/layout.h"
#include "../../testcore/timers.h"
#include "module/probe.h"
#include "scratch.h"
#include "tap.h"

static struct {
	char trace[1024];
	int mapped, loads, init_answer;
	void *handle, *set; /* of the first load */
	int pid;
	int pipe_fd; /* registered and never unregistered */
	int reloads; /* still to ask for */
	int32_t state_after_reload;
} seen;

static void note(const char *text)
{
	strcat(seen.trace, text);
	strcat(seen.trace, " ");
}

void probe_mapped(int change)
{
	seen.mapped += change;
	note(change > 0 ? "map" : "unmap");
}

static int never_called(int fd, int events, void *arg)
{
	(void)fd;
	(void)events;
	(void)arg;
	return 0;
}

/* From the loop: the first time a reload, then the end. */
static void next_step(void *properties)
{
	if (tc_timer_info(properties).aborted)
		return;
	if (seen.reloads-- > 0) {
		tc_set_i32(find_service("host-01", "service-02"), MGM_F_SERVICE_CURRENT_STATE, 2);
		tc_set_i32(find_service("host-01", "service-02"), MGM_F_SERVICE_IS_EXECUTING, 1);
		raise(SIGHUP);
	} else {
		raise(SIGTERM);
	}
}

static void left_over(void *properties)
{
	note(tc_timer_info(properties).aborted ? "aborted" : "timer");
}

int probe_init(int flags, const char *args, void *handle)
{
	int (*callback)(int, void *);

	(void)flags;
	note(args == NULL ? "init" : "init-with-args");
	seen.loads++;
	if (seen.loads == 1) {
		seen.pid = nagios_pid;
		seen.set = nagios_iobs;
	} else {
		ok(sigrestart == 1, "a module can see that it is loaded in a reload");
		ok(nagios_iobs == seen.set, "the broker set is the same one");
		ok(nagios_pid == seen.pid, "so is the process");
	}
	*(void **)&callback = dlsym(handle, "probe_callback");
	neb_register_callback(0, handle, 0, callback);
	schedule_event(1000, left_over, NULL);
	return seen.init_answer;
}

void probe_deinit(int flags, int reason)
{
	char text[32];

	snprintf(text, sizeof(text), "deinit(%d,%d)", flags, reason);
	note(text);
	if (reason == 1) {
		ok(nagios_iobs == NULL, "at shutdown the broker set is gone before deinit");
		ok(fcntl(seen.pipe_fd, F_GETFD) == -1, "and has closed what was registered");
	} else {
		ok(nagios_iobs == seen.set && iobroker_is_registered(nagios_iobs, seen.pipe_fd),
		   "in a reload both are still there");
	}
	ok(host_list != NULL, "objects are still there");
	is_int((long long)tc_timers_pending(), 0, "the event queue is empty");
}

int probe_event(int type, void *event)
{
	int kind = tc_i32(event, MGM_F_NEBSTRUCT_PROCESS_DATA_TYPE);
	char text[16];
	int ends[2];

	(void)type;
	snprintf(text, sizeof(text), "%d", kind);
	note(text);
	if (kind == 105) {
		schedule_event(0, next_step, NULL);
		if (seen.loads == 1 && pipe(ends) == 0) {
			seen.pipe_fd = ends[0];
			iobroker_register(nagios_iobs, ends[0], NULL, never_called);
		}
		if (seen.loads == 2) {
			seen.state_after_reload = tc_i32(find_service("host-01", "service-02"), MGM_F_SERVICE_CURRENT_STATE);
			is_int(tc_i32(find_service("host-01", "service-02"), MGM_F_SERVICE_IS_EXECUTING), 0,
			       "no check counts as running after a reload");
		}
	}
	return 0;
}

static int run(int reloads, int init_answer, const char *module, const char *args)
{
	struct tc_options options;
	char module_argument[600], log_argument[600], args_argument[100], message[4096];
	char *argv[] = { "t",
		             "--hosts=1",
		             "--services=2",
		             "--interval=3600",
		             "--no-host-checks",
		             "--command=true",
		             module_argument,
		             log_argument,
		             args_argument };

	memset(&seen, 0, sizeof(seen));
	seen.pipe_fd = -1;
	seen.reloads = reloads;
	seen.init_answer = init_answer;
	snprintf(module_argument, sizeof(module_argument), "--module=%s", module);
	snprintf(log_argument, sizeof(log_argument), "--log=%s", scratch_path("log"));
	snprintf(args_argument, sizeof(args_argument), "--args=%s", args == NULL ? "" : args);
	if (tc_options_parse(&options, args == NULL ? 8 : 9, argv, message, sizeof(message)) != TC_OPTIONS_OK)
		return -1;
	unlink(scratch_path("log"));
	return tc_core_run(&options);
}

int main(void)
{
	char probe[512];

	scratch_make();
	snprintf(probe, sizeof(probe), "%s", build_path("test/core-module/probe.so"));
	is_int(run(0, 0, probe, NULL), 0, "start and shutdown");
	is_str(seen.trace, "map init 104 100 105 106 103 aborted deinit(1,1) unmap ", "in this order");
	is_int(run(1, 0, probe, "x=1"), 0, "start, reload and shutdown");
	is_str(seen.trace,
	       "map init-with-args 104 100 105 106 102 aborted deinit(1,2) unmap "
	       "map init-with-args 104 100 105 106 103 aborted deinit(1,1) unmap ",
	       "in this order");
	is_int(seen.loads, 2, "loaded twice");
	is_int(seen.mapped, 0, "and unmapped as often");
	is_int(seen.state_after_reload, 2, "states survive a reload");
	has_str(scratch_read(scratch_path("log")), "Successfully shutdown...", "log of the end");
	is_int(run(0, -1, probe, NULL), 1, "a module that refuses ends the core");
	is_str(seen.trace, "map init unmap ", "it is unmapped without deinit, its timers are never called");
	has_str(scratch_read(scratch_path("log")), "returned an error.  Module will be unloaded.\n", "log of the refusal");
	has_str(scratch_read(scratch_path("log")), "Error: Module loading failed. Aborting.\n", "and of the end");
	is_int(run(0, 0, "./nosuch.so", NULL), 1, "no such module");
	has_str(scratch_read(scratch_path("log")), "Error: Could not load module './nosuch.so' -> ", "its log line");
	unlink(scratch_path("log"));
	rmdir(scratch_folder);
	return tap_end();
}
