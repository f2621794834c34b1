/* SPDX-License-Identifier: GPL-2.0-or-later */
/** A link on one end of a socket pair, the test on the other; for link.c and link_flow.c. */
#ifndef MGM_TEST_LINK_RIG_H
#define MGM_TEST_LINK_RIG_H

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_core.h"
#include "link/link.h"
#include "tap.h"

static struct mgm_link link_under_test;
#define L (&link_under_test)
static int peer = -1;
static int ups, downs, messages, batches, writables;
static char down_why[200];
static void (*on_each)(const struct mgm_message *message);

static void up(void *arg)
{
	(void)arg;
	ups++;
}

static void message_came(void *arg, const struct mgm_message *message)
{
	(void)arg;
	messages++;
	if (on_each != NULL)
		on_each(message);
}

static void batch_end(void *arg)
{
	(void)arg;
	batches++;
}

static void writable(void *arg)
{
	(void)arg;
	writables++;
}

static void down(void *arg, const char *why)
{
	(void)arg;
	downs++;
	strcpy(down_why, why);
}

static const struct mgm_link_events events = { up, message_came, batch_end, writable, down };

__attribute__((unused)) static void tell(enum mgm_msg_type type, enum mgm_id id, uint32_t value)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, type);
	if (id != 0)
		mgm_frame_u32(&frame, id, value);
	mgm_frame_end(&frame);
	if (send(peer, frame.data, frame.size, 0) != (ssize_t)frame.size)
		CHECK(false, "the test could not send");
	mgm_frame_free(&frame);
}

/* Many at once: small writes of their own would fill the socket with bookkeeping. */
__attribute__((unused)) static void tell_many(int count)
{
	struct mgm_frame frame = { 0 };
	uint8_t *all = malloc(64 * (size_t)count);
	size_t size = 0;

	mgm_frame_begin(&frame, MGM_MSG_STATE);
	mgm_frame_u32(&frame, MGM_ID_READY, 1);
	mgm_frame_end(&frame);
	for (int i = 0; i < count; i++, size += frame.size)
		memcpy(all + size, frame.data, frame.size);
	if (send(peer, all, size, 0) != (ssize_t)size)
		CHECK(false, "the test could not send");
	free(all);
	mgm_frame_free(&frame);
}

static void tell_welcome(uint32_t version, uint32_t heartbeat_ms)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, MGM_MSG_WELCOME);
	mgm_frame_u32(&frame, MGM_ID_VERSION, version);
	mgm_frame_text(&frame, MGM_ID_BRIDGE_VERSION, "t");
	mgm_frame_u32(&frame, MGM_ID_PID, 1);
	mgm_frame_u32(&frame, MGM_ID_WINDOW, 7);
	mgm_frame_u32(&frame, MGM_ID_HEARTBEAT_MS, heartbeat_ms);
	mgm_frame_end(&frame);
	send(peer, frame.data, frame.size, 0);
	mgm_frame_free(&frame);
}

/* Types of the messages that arrived at the peer, as letters from 'A' + type; "-" at the end of the stream. */
__attribute__((unused)) static const char *heard(void)
{
	static char text[64];
	uint8_t data[4096];
	ssize_t size = recv(peer, data, sizeof(data), MSG_DONTWAIT);
	size_t at = 0, length = 0;

	while (size > 0 && at < (size_t)size && length < sizeof(text) - 2) {
		struct mgm_message message;
		size_t used;

		if (mgm_frame_decode(data + at, (size_t)size - at, &message, &used) != MGM_FRAME_OK)
			break;
		text[length++] = (char)('A' + message.type);
		at += used;
	}
	if (size == 0)
		text[length++] = '-';
	text[length] = '\0';
	return text;
}

static void start(enum mgm_family family)
{
	struct mgm_frame hello = { 0 };
	int pair[2];

	fake_start(family);
	ups = downs = messages = batches = writables = 0;
	down_why[0] = '\0';
	on_each = NULL;
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair);
	peer = pair[1];
	mgm_link_init(L, &fake.core, &fake_clock, &events, NULL);
	L->linger_ms = 0;
	mgm_frame_begin(&hello, MGM_MSG_PONG); /* any frame will do here */
	mgm_frame_end(&hello);
	mgm_link_attach(L, pair[0], &hello);
	mgm_frame_free(&hello);
	heard();
}

static void stop(void)
{
	mgm_link_bye(L, MGM_BYE_SHUTDOWN, false);
	close(peer);
	fake_stop();
}

#endif
