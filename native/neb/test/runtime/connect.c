/* SPDX-License-Identifier: GPL-2.0-or-later */
/** After the loss of a bridge that worked: the next connection does not wait for the tick. Real descriptors and a real socket. */
#include "events/connect.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/un.h>

#include "module_rig.h"

static char folder[64], path[96];
static int listener = -1;

static void listen_there(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, path, strlen(path) + 1);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 1) != 0)
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
	CHECK(rmdir(folder) == 0, "nothing is left behind");
	return tap_done();
}
