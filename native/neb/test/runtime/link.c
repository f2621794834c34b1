/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The link over a socket pair, the fake iobroker and the fake clock: handshake, heartbeat, failures. */
#include <fcntl.h>

#include "link_rig.h"

static void test_handshake(void)
{
	start(MGM_NAEMON);
	CHECK(L->state == MGM_LINK_GREETING && !mgm_link_writable(L), "after the attach: greeting");
	tell_welcome(1, 2000);
	fake_io();
	CHECK(ups == 1 && L->state == MGM_LINK_UP && L->peer_window == 7 && mgm_link_writable(L), "WELCOME: up");
	CHECK(L->heartbeat_ms == 2000, "the smaller heartbeat counts");
	tell_welcome(1, 5000);
	fake_io();
	CHECK(ups == 1 && downs == 1 && strstr(down_why, "second WELCOME") != NULL, "once per connection");
	stop();
	start(MGM_NAEMON);
	tell_welcome(1, 2000);
	fake_io();
	tell(MGM_MSG_WINDOW, MGM_ID_WINDOW, 3);
	fake_io();
	CHECK(L->peer_window == 3 && writables == 1, "WINDOW");
	tell(MGM_MSG_PING, 0, 0);
	fake_io();
	CHECK(strcmp(heard(), "I") == 0, "PING is answered with PONG");
	tell(MGM_MSG_BYE, MGM_ID_REASON, 2);
	fake_io();
	CHECK(downs == 1 && strstr(down_why, "reason 2") != NULL && fake.io_registered == 0 && L->fd == -1,
	      "BYE: down, nothing registered");
	stop();
	start(MGM_NAEMON);
	tell_welcome(2, 5000);
	fake_io();
	CHECK(ups == 0 && downs == 1 && strcmp(heard(), "J") == 0 && strstr(down_why, "version 2") != NULL,
	      "another version: BYE and down");
	stop();
	start(MGM_NAEMON);
	tell(MGM_MSG_STATE, MGM_ID_READY, 1);
	fake_io();
	CHECK(downs == 1 && messages == 0, "a message before WELCOME");
	stop();
	start(MGM_NAGIOS);
	send(peer, "GET / HTTP/1.1\r\n", 16, 0);
	fake_io();
	CHECK(downs == 1 && strstr(down_why, "BODY_TOO_LARGE") != NULL && strcmp(heard(), "J") == 0, "not our protocol");
	stop();
	start(MGM_NAGIOS);
	close(peer);
	fake_io();
	CHECK(downs == 1 && fake.io_registered == 0, "end of file");
	stop();
}

static void test_refused(void)
{
	struct mgm_frame hello = { 0 };
	int pair[2];

	start(MGM_NAEMON);
	stop();
	fake_start(MGM_NAEMON);
	fake.io_register_fails = 1;
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	mgm_frame_begin(&hello, MGM_MSG_PONG);
	mgm_frame_end(&hello);
	CHECK(!mgm_link_attach(L, pair[0], &hello) && L->state == MGM_LINK_DOWN && fcntl(pair[0], F_GETFD) == -1,
	      "an iobroker that refuses: closed");
	mgm_frame_free(&hello);
	close(pair[1]);
	fake_stop();
}

static void test_heartbeat(void)
{
	start(MGM_NAGIOS);
	tell_welcome(1, 5000);
	fake_io();
	fake.now_us += 4000000;
	mgm_link_tick(L);
	CHECK(strcmp(heard(), "") == 0, "no PING before its time");
	fake.now_us += 1000000;
	mgm_link_tick(L);
	CHECK(strcmp(heard(), "H") == 0, "PING after 5 s without sending");
	fake.now_us += 10000000;
	mgm_link_tick(L);
	CHECK(downs == 0, "three heartbeats of silence are still good");
	fake.now_us += 1000000;
	tell(MGM_MSG_PONG, 0, 0);
	mgm_link_tick(L);
	CHECK(downs == 0, "unread bytes are no silence");
	fake_io();
	fake.now_us += 15001000;
	mgm_link_tick(L);
	CHECK(downs == 1 && strstr(down_why, "silent") != NULL, "longer silence is the end");
	stop();
}

/* A send that fails inside a handler only marks the link. */
static void kill_inside(const struct mgm_message *message)
{
	static const uint8_t byte;

	(void)message;
	shutdown(peer, SHUT_RDWR);
	close(peer);
	CHECK(!mgm_link_send(L, &byte, 1) && downs == 0 && L->fd >= 0, "dead inside a handler, not yet down");
	CHECK(!mgm_link_send(L, &byte, 1), "nothing is sent any more");
}

static void bye_inside(const struct mgm_message *message)
{
	(void)message;
	mgm_link_bye(L, MGM_BYE_SHUTDOWN, false);
	CHECK(downs == 0 && L->in.size > 0, "a goodbye inside a handler waits for its end");
}

static void test_reentrancy(void)
{
	start(MGM_NAGIOS);
	tell_welcome(1, 5000);
	fake_io();
	on_each = bye_inside;
	tell(MGM_MSG_STATE, MGM_ID_READY, 1);
	fake_io();
	CHECK(downs == 1 && strcmp(heard(), "J") == 0, "and is reported");
	stop();
	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	on_each = kill_inside;
	tell(MGM_MSG_STATE, MGM_ID_READY, 1);
	tell(MGM_MSG_STATE, MGM_ID_READY, 1);
	fake_io();
	CHECK(downs == 1 && messages == 1 && fake.io_registered == 0, "down at the end of the handler, rest dropped");
	peer = -1;
	stop();
}

static void test_forget(void)
{
	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	int kept = dup(L->fd), old = L->fd;
	mgm_link_forget(L);
	CHECK(L->fd == -1 && fcntl(old, F_GETFD) == -1 && send(peer, "x", 1, MSG_NOSIGNAL) == 1,
	      "a child closes its copy, the connection goes on");
	close(kept);
	fake.io_registered = 0;
	stop();
}

int main(void)
{
	test_handshake();
	test_refused();
	test_heartbeat();
	test_reentrancy();
	test_forget();
	return tap_done();
}
