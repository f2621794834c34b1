/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The shim as it is shipped, inside the test core, against a bridge made of a child process that speaks the
 * protocol: handshake, checks out, results in, event handler, performance data, the same result twice, reload, shutdown.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "../../testcore/core.h"
#include "../../testcore/report.h"
#include "frames.h"
#include "scratch.h"
#include "tap.h"

/* clang-format off */
enum { HELLO = 1, WELCOME, SETTINGS, STATE, PING = 7, PONG, BYE, SERVICE_CHECK = 16, HOST_CHECK, EVENT_HANDLER, PERFDATA = 20,
       UNDER_WAY = 23, RESULT = 32, RESULT_DONE, EVENT_DONE };
enum { F_VERSION = 1, F_CORE_NAME, F_CORE_VERSION, F_PID = 5, F_CLASS, F_WINDOW = 11, F_HEARTBEAT, F_BRIDGE_VERSION,
       F_TEXT = 15, F_SEQ, F_HOST, F_SERVICE, F_COMMAND, F_CORE_TIME, F_TIMEOUT, F_CHECK_OPTIONS, F_QUEUE, F_CHECK_TYPE, F_RETURN_CODE,
       F_EXITED_OK, F_EARLY_TIMEOUT, F_SCHEDULED, F_START, F_FINISH, F_LATENCY, F_OUTPUT, F_SOURCE, F_RESULT_ID, F_READY,
       F_REASON, F_HOSTS = 64, F_SERVICES, F_EVENTHANDLER, F_DO_HOSTCHECKS, F_HOSTGROUP = 70, F_PERFDATA = 88, F_SEND_ALL, F_HOST_TEMPLATE,
       F_SERVICE_TEMPLATE };
/* clang-format on */

#define SECONDS_AT_MOST 60
#define MANY_GROUPS 8500

/* ---- the bridge, a child process ---- */

static struct {
	int listener, fd;
	pid_t core;
	int64_t sent; /* results on this connection */
	bool handler_seen;
	int perfdata;    /* records */
	int host_checks; /* answered */
	int checks;      /* seen, hosts and services */
	struct frame in, out;
} bridge;

static void expect(bool good, const char *what)
{
	if (good)
		return;
	printf("# bridge: failed at: %s (frame type %d)\n", what, bridge.in.type);
	fflush(stdout);
	kill(bridge.core, SIGTERM);
	_exit(1);
}

static void send_settings(void)
{
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
	/* So many that the shim does not look for all of them in one call. */
	for (int i = 0; i < MANY_GROUPS; i++)
		frame_bytes(&bridge.out, F_HOSTGROUP, "g", 1);
	frame_u32(&bridge.out, F_PERFDATA, 1);
	frame_text(&bridge.out, F_SERVICE_TEMPLATE,
	           "$HOSTNAME$;$SERVICEDESC$;$SERVICESTATE$;$SERVICEPERFDATA$;$SERVICEATTEMPT$");
	frame_send(bridge.fd, &bridge.out);
	frame_begin(&bridge.out, STATE);
	frame_u32(&bridge.out, F_READY, 1);
	frame_send(bridge.fd, &bridge.out);
}

static void greet(void)
{
	bridge.fd = accept(bridge.listener, NULL, NULL);
	expect(bridge.fd >= 0, "accept");
	bridge.sent = 0;
	frame_receive(bridge.fd, &bridge.in);
	expect(bridge.in.type == HELLO, "HELLO comes first");
	expect(frame_number(&bridge.in, F_VERSION) == 1 && frame_is(&bridge.in, F_CORE_NAME, "naemon") &&
	           frame_is(&bridge.in, F_CLASS, "naemon-1.5.1"),
	       "HELLO names core and class");
	expect(frame_number(&bridge.in, F_PID) == bridge.core, "HELLO has the core's pid, also after a reload");
	send_settings();
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void send_result(bool service, int code, const char *output, char id)
{
	char result_id[16];

	memset(result_id, id, sizeof(result_id));
	frame_begin(&bridge.out, RESULT);
	frame_i64(&bridge.out, F_SEQ, ++bridge.sent);
	frame_bytes(&bridge.out, F_RESULT_ID, result_id, sizeof(result_id));
	frame_text(&bridge.out, F_HOST, "host-01");
	if (service)
		frame_text(&bridge.out, F_SERVICE, "service-01");
	frame_u32(&bridge.out, F_CHECK_TYPE, 0);
	frame_u32(&bridge.out, F_CHECK_OPTIONS, 0);
	frame_u32(&bridge.out, F_SCHEDULED, 1);
	frame_u32(&bridge.out, F_RETURN_CODE, (uint32_t)code);
	frame_u32(&bridge.out, F_EXITED_OK, 1);
	frame_u32(&bridge.out, F_EARLY_TIMEOUT, 0);
	frame_i64(&bridge.out, F_START, now_us() - 250000);
	frame_i64(&bridge.out, F_FINISH, now_us());
	frame_i64(&bridge.out, F_LATENCY, 125000);
	frame_text(&bridge.out, F_SOURCE, "a worker");
	frame_text(&bridge.out, F_OUTPUT, output);
	frame_send(bridge.fd, &bridge.out);
}

static void event_done(void)
{
	int64_t seq = frame_number(&bridge.in, F_SEQ);

	frame_begin(&bridge.out, EVENT_DONE);
	frame_i64(&bridge.out, F_SEQ, seq);
	frame_send(bridge.fd, &bridge.out);
}

/* Next frame that is no small talk; host checks are answered on the way. */
static void next_frame(void)
{
	static char id = 'A';

	for (;;) {
		frame_receive(bridge.fd, &bridge.in);
		if (bridge.in.type == PING) {
			frame_begin(&bridge.out, PONG);
			frame_send(bridge.fd, &bridge.out);
		} else if (bridge.in.type == HOST_CHECK) {
			expect(frame_is(&bridge.in, F_QUEUE, "host"), "host checks go to queue host");
			event_done();
			send_result(false, 0, "host is fine", id++);
			bridge.host_checks++;
			bridge.checks++;
		} else if (bridge.in.type == PERFDATA) {
			expect(frame_is(&bridge.in, F_HOST, "host-01") && frame_is(&bridge.in, F_SERVICE, "service-01") &&
			           frame_is(&bridge.in, F_TEXT, "host-01;service-01;CRITICAL;x=1;1\n"),
			       "performance data in full");
			event_done();
			bridge.perfdata++;
		} else if (bridge.in.type == EVENT_HANDLER) {
			expect(frame_is(&bridge.in, F_COMMAND, "handle CRITICAL host-01") || bridge.handler_seen,
			       "event handler with its command line");
			bridge.handler_seen = true;
			event_done();
		} else if (bridge.in.type != PONG && bridge.in.type != UNDER_WAY) {
			return;
		}
	}
}

static void wait_for_check(void)
{
	do {
		next_frame();
		expect(bridge.in.type == SERVICE_CHECK || bridge.in.type == RESULT_DONE, "waiting for a service check");
	} while (bridge.in.type != SERVICE_CHECK);
	expect(frame_is(&bridge.in, F_SERVICE, "service-01") && frame_is(&bridge.in, F_HOST, "host-01") &&
	           frame_is(&bridge.in, F_COMMAND, "plugin host-01") && frame_is(&bridge.in, F_QUEUE, "service") &&
	           frame_number(&bridge.in, F_TIMEOUT) == 33,
	       "service check in full");
	expect(llabs(frame_number(&bridge.in, F_CORE_TIME) - now_us()) < SECONDS_AT_MOST * 1000000ll, "core time is now");
	event_done();
	bridge.checks++;
}

static void wait_for_done(void)
{
	int64_t wanted = bridge.sent;

	do {
		next_frame();
		expect(bridge.in.type == RESULT_DONE || bridge.in.type == SERVICE_CHECK, "waiting for RESULT_DONE");
	} while (bridge.in.type != RESULT_DONE || frame_number(&bridge.in, F_SEQ) < wanted);
}

/* Goes on until the host was checked as well; its first check may be due after several of the service. */
static void play_until_all_seen(void)
{
	for (char id = 'c'; bridge.host_checks == 0 || bridge.checks < 3; id++) {
		wait_for_check();
		send_result(true, 1, "after the reload", id);
		wait_for_done();
	}
	wait_for_done();
}

static void wait_for_bye(int reason)
{
	do
		next_frame();
	while (bridge.in.type == RESULT_DONE || bridge.in.type == SERVICE_CHECK);
	expect(bridge.in.type == BYE && frame_number(&bridge.in, F_REASON) == reason, "BYE with its reason");
	next_frame();
	expect(bridge.in.type == -1, "then the end of the connection");
	close(bridge.fd);
}

static void play_bridge(int listener)
{
	alarm(SECONDS_AT_MOST);
	signal(SIGPIPE, SIG_IGN);
	bridge.listener = listener;
	bridge.core = getppid();
	greet();
	wait_for_check();
	send_result(true, 2, "broken\nsecond line|x=1", 'a');
	wait_for_done();
	send_result(true, 0, "must not be applied", 'a');
	wait_for_done();
	kill(bridge.core, SIGHUP);
	wait_for_bye(1);
	expect(bridge.perfdata == 1, "performance data of the result that had some");
	expect(bridge.handler_seen, "an event handler before the reload");
	greet();
	wait_for_check();
	send_result(true, 1, "after the reload", 'b');
	wait_for_done();
	play_until_all_seen();
	kill(bridge.core, SIGTERM);
	wait_for_bye(2);
	_exit(0);
}

/* ---- the core ---- */

static int run_core(const char *socket_path)
{
	static struct tc_options options;
	static char module[600], args[600], status[600], log[600];
	char message[4096];
	char *argv[] = { "t",
		             "--hosts=1",
		             "--services=1",
		             "--interval=1",
		             "--max-attempts=1",
		             "--check-timeout=33",
		             "--command=plugin $HOSTNAME$",
		             "--host-command=false",
		             "--event-handler=handle $SERVICESTATE$ $HOSTNAME$",
		             "--duration=60",
		             module,
		             args,
		             status,
		             log };

	snprintf(module, sizeof(module), "--module=%s", build_path("san/mod_gearman.so"));
	snprintf(args, sizeof(args), "--args=bridge_socket=%s", socket_path);
	snprintf(status, sizeof(status), "--status-file=%s", scratch_path("status.dat"));
	snprintf(log, sizeof(log), "--log=%s", scratch_path("log"));
	if (tc_options_parse(&options, 14, argv, message, sizeof(message)) != TC_OPTIONS_OK)
		return -1;
	return tc_core_run(&options);
}

static void check_outcome(void)
{
	const char *status = scratch_read(scratch_path("status.dat"));
	const char *block = strstr(status, "servicestatus {");

	has_str(block, "\n\tplugin_output=after the reload\n", "the last result is in the status file");
	has_str(block, "\n\tcurrent_state=1\n", "with its state");
	has_str(block, "\n\tcheck_source=Mod-Gearman Worker\n", "and its source");
	has_str(status, "\n\tplugin_output=host is fine\n", "the host's result too");
	is_int((long long)tc_report_count(TC_LOCAL), 0, "the core ran nothing itself");
	is_int((long long)tc_report_count(TC_RELOAD), 1, "one reload");
	ok(tc_report_count(TC_CHECK) >= 3, "at least three checks went to the module");
	ok(tc_report_count(TC_EVENT_HANDLER) >= 1, "at least one event handler");
	status = scratch_read(scratch_path("log"));
	has_str(status, "layout naemon-1.5.1", "the proof found the right class");
	has_str(status, "SERVICE ALERT: host-01;service-01;CRITICAL;HARD;1;broken\n", "the first result in the log");
	ok(strstr(status, "service-01;OK;") == NULL, "a result that came twice was applied once");
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
	is_int(child_status, 0, "the bridge saw all it wanted");
	check_outcome();
	unlink(path);
	unlink(scratch_path("status.dat"));
	unlink(scratch_path("log"));
	rmdir(scratch_folder);
	return tap_end();
}
