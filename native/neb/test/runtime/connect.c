/* SPDX-License-Identifier: GPL-2.0-or-later */
/** After the loss of a bridge that worked: the next connection does not wait for the tick. Real descriptors and a real socket. */
#include "events/connect.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "module_rig.h"

static char folder[64], path[96];
static int listener = -1;

static void listen_there(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, path, strlen(path) + 1);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 8) != 0)
		CHECK(false, "the test cannot listen");
}

static void stop_listening(void)
{
	close(listener);
	unlink(path);
}

/* Wait for the next pulse. */
static void wait_pulse(void)
{
	struct pollfd p = { .fd = M->hurry.fd, .events = POLLIN };

	poll(&p, 1, -1);
	fake_io();
}

static void begin(enum mgm_family family)
{
	rig_start(family);
	M->args.socket = path;
	/* As the module is with bridge_socket: nothing is prepared to start one. */
	mgm_spawn_free(&M->spawn);
	mgm_spawn_clear(&M->spawn);
	rig_connect(10);
	rig_settings(0, 0, 0);
}

static void end(void)
{
	M->looping = true;
	mgm_session_end(M, false);
	CHECK(M->hurry.fd < 0 && fake.io_registered == 0, "nothing is left in the loop");
	M->args.socket = NULL;
	M->socket_path[0] = '\0'; /* the folder is the test's */
	rig_stop();
}

static void test_again(enum mgm_family family, const char *name)
{
	begin(family);
	CHECK(M->hurry.fd < 0, "%s: no pulse while all is well", name);
	rig_cut();
	CHECK(M->link.state == MGM_LINK_DOWN && M->hurry.fd >= 0, "%s: a loss begins one", name);
	wait_pulse();
	CHECK(M->link.state == MGM_LINK_DOWN && M->hurry.fd >= 0, "%s: nobody listens yet", name);
	listen_there();
	while (M->link.state == MGM_LINK_DOWN && M->hurry.fd >= 0)
		wait_pulse();
	CHECK(M->link.state == MGM_LINK_GREETING, "%s: as soon as one does, it is greeted", name);
	bridge = accept(listener, NULL, NULL);
	stop_listening();
	rig_welcome(10);
	wait_pulse();
	CHECK(M->link.state == MGM_LINK_UP && M->hurry.fd < 0, "%s: then the pulse ends", name);
	end();
}

static void test_bounded(void)
{
	int pulses = 0;

	begin(MGM_NAEMON);
	rig_cut();
	for (M->hurry.left = 3; M->hurry.fd >= 0; pulses++)
		wait_pulse();
	CHECK(pulses == 3 && M->link.state == MGM_LINK_DOWN, "it ends by itself");
	listen_there();
	mgm_session_tick(M);
	CHECK(M->link.state == MGM_LINK_GREETING, "the tick goes on");
	bridge = accept(listener, NULL, NULL);
	rig_stop_bridge();
	CHECK(M->link.state == MGM_LINK_DOWN && M->hurry.fd < 0, "a bridge that never worked begins none");
	stop_listening();
	end();
}

static void test_refused(void)
{
	begin(MGM_NAEMON);
	fake.io_register_fails = 1;
	rig_cut();
	CHECK(M->hurry.fd < 0, "a core that refuses it: the tick is there");
	fake.io_register_fails = 0;
	end();
}

/* A bridge that listens and does nothing else. */
static pid_t start_hung(void)
{
	int ready[2];
	char byte = 0;
	pid_t child;

	if (pipe(ready) != 0 || (child = fork()) < 0)
		return 0;
	if (child == 0) {
		listen_there();
		if (write(ready[1], &byte, 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	if (read(ready[0], &byte, 1) != 1)
		CHECK(false, "the child does not listen");
	close(ready[0]);
	close(ready[1]);
	return child;
}

/* The tick connects, then the time of silence passes. */
static void be_silent(void)
{
	mgm_session_tick(M);
	CHECK(M->link.state == MGM_LINK_GREETING, "the kernel takes the connection for it");
	fake.now_us += 15001000;
	mgm_session_tick(M);
}

static void test_hung(bool own)
{
	pid_t child;
	int status = 0;

	begin(MGM_NAEMON);
	rig_cut();
	mgm_pulse_stop(&M->hurry);
	child = start_hung();
	if (own) {
		M->args.socket = NULL;
		memcpy(M->socket_path, path, strlen(path) + 1);
	}
	be_silent();
	CHECK(M->link.state != MGM_LINK_UP && waitpid(child, &status, WNOHANG) == 0, "one silence is no proof");
	mgm_link_kill(&M->link, "again");
	mgm_link_take_down(&M->link);
	be_silent();
	CHECK(waitpid(child, &status, WNOHANG) == 0, "nor is one after another end");
	be_silent();
	if (own) {
		CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status), "two in a row: it is killed");
		CHECK(fake_logged("hangs: it is killed"), "and the log says so");
	} else {
		CHECK(waitpid(child, &status, WNOHANG) == 0, "one of a service is left alone");
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	unlink(path);
	M->args.socket = path;
	end();
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(folder, sizeof(folder), "/tmp/mgm-connect.XXXXXX");
	if (mkdtemp(folder) == NULL)
		CHECK(false, "mkdtemp");
	snprintf(path, sizeof(path), "%s/bridge.sock", folder);
	test_again(MGM_NAEMON, "Naemon");
	test_again(MGM_NAGIOS, "Nagios");
	test_bounded();
	test_refused();
	test_hung(true);
	test_hung(false);
	CHECK(rmdir(folder) == 0, "nothing is left behind");
	return tap_done();
}
