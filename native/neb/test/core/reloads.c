/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Fifty reloads of the shim as it is shipped, in the test core, each with a result, an event handler, performance data and
 * exports, every fifth with checks: descriptors and allocated memory of the core are the same before each load of the module.
 */
#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "../../testcore/core.h"
#include "../../testcore/objects.h"
#include "../../testcore/report.h"
#include "frames.h"
#include "scratch.h"
#include "tap.h"

/* clang-format off */
enum { HELLO = 1, WELCOME, SETTINGS, STATE, PING = 7, PONG, BYE, SERVICE_CHECK = 16, HOST_CHECK, PERFDATA = 20, EXPORT,
       RESULT = 32, RESULT_DONE, EVENT_DONE };
enum { F_VERSION = 1, F_PID = 5, F_WINDOW = 11, F_HEARTBEAT, F_BRIDGE_VERSION, F_SEQ = 16, F_HOST, F_SERVICE, F_CHECK_OPTIONS = 22,
       F_CHECK_TYPE = 24, F_RETURN_CODE, F_EXITED_OK, F_EARLY_TIMEOUT, F_SCHEDULED, F_START, F_FINISH, F_LATENCY, F_OUTPUT, F_SOURCE,
       F_RESULT_ID, F_READY, F_HOSTS = 64, F_DO_HOSTCHECKS = 67, F_EVENTHANDLERS_WHEN_AWAY = 75, F_PERFDATA = 88, F_SERVICE_TEMPLATE = 91,
       F_EXPORT_PROCESS, F_EXPORT_LOG = 94 };
/* clang-format on */

#define RELOADS 50
/* The first loads fill tables of libc and of the dynamic linker. */
#define SETTLED 5
#define SECONDS_AT_MOST 300
#define GROWTH_PER_RELOAD 64
/* Checks are due at full seconds, so not every load waits for one. */
#define CHECKS_EVERY 5

/* ---- the bridge, a child process ---- */

static struct {
	int listener, fd;
	int64_t results; /* sent on this connection */
	struct frame in, out;
} bridge;

static void greet(void)
{
	bridge.fd = accept(bridge.listener, NULL, NULL);
	bridge.results = 0;
	frame_receive(bridge.fd, &bridge.in);
	if (bridge.in.type != HELLO)
		_exit(6);
	frame_begin(&bridge.out, WELCOME);
	frame_u32(&bridge.out, F_VERSION, 1);
	frame_text(&bridge.out, F_BRIDGE_VERSION, "test");
	frame_u32(&bridge.out, F_PID, (uint32_t)getpid());
	frame_u32(&bridge.out, F_WINDOW, 100);
	frame_u32(&bridge.out, F_HEARTBEAT, 5000);
	frame_send(bridge.fd, &bridge.out);
	frame_begin(&bridge.out, SETTINGS);
	for (int id = F_HOSTS; id <= F_DO_HOSTCHECKS; id++)
		frame_u32(&bridge.out, id, 1);
	frame_u32(&bridge.out, F_EVENTHANDLERS_WHEN_AWAY, 1);
	frame_u32(&bridge.out, F_PERFDATA, 1);
	frame_text(&bridge.out, F_SERVICE_TEMPLATE, "$SERVICEPERFDATA$ $SERVICEATTEMPT$");
	frame_u32(&bridge.out, F_EXPORT_PROCESS, 0);
	frame_u32(&bridge.out, F_EXPORT_LOG, 0);
	frame_send(bridge.fd, &bridge.out);
	frame_begin(&bridge.out, STATE);
	frame_u32(&bridge.out, F_READY, 1);
	frame_send(bridge.fd, &bridge.out);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Of the service check that came last; its state is another one at each load, so that the core has an event handler. */
static void send_result(int load)
{
	char id[32];

	snprintf(id, sizeof(id), "%08d%08d", load, (int)bridge.results);
	frame_begin(&bridge.out, RESULT);
	frame_i64(&bridge.out, F_SEQ, ++bridge.results);
	frame_bytes(&bridge.out, F_RESULT_ID, id, 16);
	frame_text(&bridge.out, F_HOST, "host-01");
	frame_text(&bridge.out, F_SERVICE, "service-01");
	for (int field = F_CHECK_OPTIONS; field <= F_SCHEDULED; field++)
		if (field != F_CHECK_OPTIONS + 1)
			frame_u32(&bridge.out, field, field == F_RETURN_CODE ? 2u * ((unsigned)load % 2u) : field == F_EXITED_OK);
	for (int field = F_START; field <= F_LATENCY; field++)
		frame_i64(&bridge.out, field, field == F_LATENCY ? 1000 : now_us());
	frame_text(&bridge.out, F_SOURCE, "a worker");
	frame_text(&bridge.out, F_OUTPUT, "text\nlong text|x=1");
	frame_send(bridge.fd, &bridge.out);
}

/* Next frame; events are answered on the way. */
static void next_frame(void)
{
	frame_receive(bridge.fd, &bridge.in);
	if (bridge.in.type == PING) {
		frame_begin(&bridge.out, PONG);
		frame_send(bridge.fd, &bridge.out);
	} else if (bridge.in.type >= SERVICE_CHECK && bridge.in.type <= EXPORT) {
		frame_begin(&bridge.out, EVENT_DONE);
		frame_i64(&bridge.out, F_SEQ, frame_number(&bridge.in, F_SEQ));
		frame_send(bridge.fd, &bridge.out);
	}
}

static void play_bridge(int listener)
{
	alarm(SECONDS_AT_MOST);
	signal(SIGPIPE, SIG_IGN);
	bridge.listener = listener;
	for (int load = 0; load <= RELOADS; load++) {
		int perfdata = 0, exports = 0;

		greet();
		while (load % CHECKS_EVERY == 0 && bridge.in.type != SERVICE_CHECK)
			next_frame();
		send_result(load);
		do {
			next_frame();
			perfdata += bridge.in.type == PERFDATA;
			exports += bridge.in.type == EXPORT;
			/* Earlier, while the core starts, a signal has no effect. */
			if (bridge.in.type == RESULT_DONE)
				kill(getppid(), load < RELOADS ? SIGHUP : SIGTERM);
		} while (bridge.in.type != -1);
		close(bridge.fd);
		if (perfdata < 1 || exports < 1)
			_exit(7);
	}
	_exit(0);
}

/* ---- the core ---- */

static struct {
	int loads;
	size_t bytes[RELOADS + 1];
	int descriptors[RELOADS + 1];
} seen;

/* Of the sanitizer, which replaces malloc(); absent without it. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
	return __sanitizer_get_current_allocated_bytes != NULL ? __sanitizer_get_current_allocated_bytes()
	                                                       : mallinfo2().uordblks;
}

static int open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (folder != NULL && readdir(folder) != NULL)
		count++;
	if (folder != NULL)
		closedir(folder);
	return count;
}

void __real_tc_objects_create(const struct tc_options *options);
void __wrap_tc_objects_create(const struct tc_options *options);

/* At each start of the core, when its former objects are freed and the module is unmapped (rules.mk). */
void __wrap_tc_objects_create(const struct tc_options *options)
{
	if (seen.loads <= RELOADS) {
		seen.descriptors[seen.loads] = open_descriptors();
		seen.bytes[seen.loads] = allocated();
	}
	seen.loads++;
	__real_tc_objects_create(options);
}

static int run_core(const char *socket_path)
{
	static struct tc_options options;
	static char module[600], args[600], log[600];
	char message[4096];
	char *argv[] = { "t",
		             "--hosts=1",
		             "--services=1",
		             "--interval=1",
		             "--max-attempts=1",
		             "--command=plugin",
		             "--no-host-checks",
		             "--event-handler=handle",
		             module,
		             args,
		             log };

	snprintf(module, sizeof(module), "--module=%s", build_path("san/mod_gearman.so"));
	snprintf(args, sizeof(args), "--args=bridge_socket=%s", socket_path);
	snprintf(log, sizeof(log), "--log=%s", scratch_path("log"));
	if (tc_options_parse(&options, 11, argv, message, sizeof(message)) != TC_OPTIONS_OK)
		return -1;
	return tc_core_run(&options);
}

static void check_outcome(void)
{
	size_t settled = seen.bytes[SETTLED], last = seen.bytes[RELOADS];

	is_int(seen.loads, RELOADS + 1, "loads of the module");
	is_int((long long)tc_report_count(TC_RELOAD), RELOADS, "reloads of the core");
	ok(tc_report_count(TC_RESULT) > RELOADS, "a result at each load");
	ok(tc_report_count(TC_EVENT_HANDLER) >= RELOADS, "an event handler at each load");
	is_int(seen.descriptors[RELOADS], seen.descriptors[1], "no descriptor more");
	ok(last <= settled + GROWTH_PER_RELOAD * (RELOADS - SETTLED), "no memory more");
	printf("# allocated before load %d: %zu bytes, before load %d: %zu\n", SETTLED, settled, RELOADS, last);
}

int main(void)
{
	char path[512];
	int listener, child_status = -1;
	pid_t child;

	scratch_make();
	snprintf(path, sizeof(path), "%s", scratch_path("bridge.sock"));
	listener = frame_listen(path);
	ok(listener >= 0, "bridge listens");
	fflush(stdout);
	child = fork();
	if (child == 0)
		play_bridge(listener);
	close(listener);
	is_int(run_core(path), 0, "the core ends well");
	waitpid(child, &child_status, 0);
	is_int(child_status, 0, "the bridge saw events of all kinds at each load");
	check_outcome();
	unlink(path);
	unlink(scratch_path("log"));
	rmdir(scratch_folder);
	return tap_end();
}
