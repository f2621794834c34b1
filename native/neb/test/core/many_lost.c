/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The shim as it is shipped, in the test core: the bridge goes with thousands of checks unanswered, which are given back in slices
 * over several turns of the loop, and the next bridge gets checks again.
 */
#include <signal.h>
#include <sys/wait.h>

#include "../../testcore/core.h"
#include "frames.h"
#include "scratch.h"
#include "tap.h"

/* clang-format off */
enum { HELLO = 1, WELCOME, SETTINGS, STATE, SERVICE_CHECK = 16 };
enum { F_VERSION = 1, F_PID = 5, F_WINDOW = 11, F_HEARTBEAT, F_BRIDGE_VERSION, F_READY = 35, F_HOSTS = 64, F_DO_HOSTCHECKS = 67 };
/* clang-format on */

#define SECONDS_AT_MOST 120
#define CHECKS 4000

static struct frame in, out;

static int greet(int listener)
{
	int fd = accept(listener, NULL, NULL);

	frame_receive(fd, &in);
	if (in.type != HELLO)
		_exit(6);
	frame_begin(&out, WELCOME);
	frame_u32(&out, F_VERSION, 1);
	frame_text(&out, F_BRIDGE_VERSION, "test");
	frame_u32(&out, F_PID, (uint32_t)getpid());
	frame_u32(&out, F_WINDOW, CHECKS);
	frame_u32(&out, F_HEARTBEAT, 5000);
	frame_send(fd, &out);
	frame_begin(&out, SETTINGS);
	for (int id = F_HOSTS; id <= F_DO_HOSTCHECKS; id++)
		frame_u32(&out, id, 1);
	frame_send(fd, &out);
	frame_begin(&out, STATE);
	frame_u32(&out, F_READY, 1);
	frame_send(fd, &out);
	return fd;
}

static void receive_checks(int fd, int count)
{
	while (count > 0) {
		frame_receive(fd, &in);
		if (in.type == -1)
			_exit(7);
		count -= in.type == SERVICE_CHECK;
	}
}

static void play_bridge(int listener)
{
	int fd;

	alarm(SECONDS_AT_MOST);
	signal(SIGPIPE, SIG_IGN);
	fd = greet(listener);
	receive_checks(fd, CHECKS);
	close(fd);
	fd = greet(listener);
	receive_checks(fd, 1);
	kill(getppid(), SIGTERM);
	do
		frame_receive(fd, &in);
	while (in.type != -1);
	_exit(0);
}

static int run_core(const char *socket_path)
{
	static struct tc_options options;
	static char module[600], args[600], log[600];
	char message[4096];
	char *argv[] = {
		"t", "--hosts=80", "--services=100", "--interval=1", "--command=plugin", module, "--no-host-checks", args, log
	};

	snprintf(module, sizeof(module), "--module=%s", build_path("san/mod_gearman.so"));
	snprintf(args, sizeof(args), "--args=bridge_socket=%s", socket_path);
	snprintf(log, sizeof(log), "--log=%s", scratch_path("log"));
	if (tc_options_parse(&options, 9, argv, message, sizeof(message)) != TC_OPTIONS_OK)
		return -1;
	return tc_core_run(&options);
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
	is_int(child_status, 0, "the next bridge got a check");
	has_str(scratch_read(scratch_path("log")), " unanswered checks were given back to the core\n", "in the log");
	unlink(path);
	unlink(scratch_path("log"));
	rmdir(scratch_folder);
	return tap_end();
}
