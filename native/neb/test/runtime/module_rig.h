/* SPDX-License-Identifier: GPL-2.0-or-later */
/** A module over the fake core with a bridge at the other end of a socket pair. */
#ifndef MGM_TEST_MODULE_RIG_H
#define MGM_TEST_MODULE_RIG_H

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_core.h"
#include "faults.h"
#include "events/module.h"
#include "events/own_results.h"
#include "events/perfdata_text.h"
#include "events/release.h"
#include "events/results.h"
#include "events/session.h"
#include "tap.h"

#define OVERRIDE 206
#define CANCEL 207
#define RIG_NEVER_MS (INT64_C(1) << 40)

static struct mgm_module module_under_test;
#define M (&module_under_test)
static int bridge = -1;
static void *rig_host, *rig_service;
static size_t rig_mapped;

/* Module as after EVENTLOOPSTART, without a connection. */
__attribute__((unused)) static void rig_start(enum mgm_family family)
{
	fake_start(family);
	rig_mapped = fake_mapped_bytes;
	memset(M, 0, sizeof(*M));
	M->core = fake.core;
	M->pid = getpid();
	M->clock = &fake_clock;
	mgm_log_init(&M->log, &M->core, &fake_clock);
	mgm_link_init(&M->link, &M->core, &fake_clock, &mgm_session_events, M);
	M->link.linger_ms = 0;
	mgm_pending_init(&M->pending, 100, 1 << 20);
	mgm_records_init(&M->records, 1 << 20);
	M->queues = (struct mgm_queues){ .core = &M->core, .settings = &M->settings, .rule = MGM_RULE_NONE };
	mgm_session_prepare(M);
	mgm_spawn_clear(&M->spawn);
	mgm_spawn_init(&M->spawn, &M->log, &fake_clock, "/none", NULL, 0, M->pid, RIG_NEVER_MS); /* no bridge of its own */
	snprintf(M->socket_path, sizeof(M->socket_path), "/tmp/mgm-rig-%ld/none.sock", (long)getpid());
	mgm_results_init(M);
	mgm_own_results_start(M);
	M->looping = true;
	mgm_policy_start(&M->policy, mgm_steady_ms(M->clock));
	rig_host = fake_host("h");
	rig_service = fake_service(rig_host, "s");
}

__attribute__((unused)) static void rig_tell(struct mgm_frame *frame)
{
	mgm_frame_end(frame);
	if (send(bridge, frame->data, frame->size, 0) != (ssize_t)frame->size)
		CHECK(false, "the test could not send");
	mgm_frame_free(frame);
	fake_io();
}

__attribute__((unused)) static void rig_tell_u32(enum mgm_msg_type type, enum mgm_id id, uint32_t value)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, type);
	mgm_frame_u32(&frame, id, value);
	rig_tell(&frame);
}

__attribute__((unused)) static void rig_settings(uint32_t checks_away, uint32_t handlers_away, uint32_t route)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, MGM_MSG_SETTINGS);
	mgm_frame_u32(&frame, MGM_ID_HOSTS, 1);
	mgm_frame_u32(&frame, MGM_ID_SERVICES, 1);
	mgm_frame_u32(&frame, MGM_ID_EVENTHANDLER, 1);
	mgm_frame_u32(&frame, MGM_ID_DO_HOSTCHECKS, 1);
	mgm_frame_u32(&frame, MGM_ID_ROUTE_EVENTHANDLER, route);
	mgm_frame_u32(&frame, MGM_ID_CHECKS_WHEN_AWAY, checks_away);
	mgm_frame_u32(&frame, MGM_ID_EVENTHANDLERS_WHEN_AWAY, handlers_away);
	mgm_frame_text(&frame, MGM_ID_LOCALHOSTGROUP, "lan");
	mgm_frame_text(&frame, MGM_ID_HOSTGROUP, "dmz");
	rig_tell(&frame);
}

__attribute__((unused)) static void rig_welcome(uint32_t window)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, MGM_MSG_WELCOME);
	mgm_frame_u32(&frame, MGM_ID_VERSION, 1);
	mgm_frame_text(&frame, MGM_ID_BRIDGE_VERSION, "t");
	mgm_frame_u32(&frame, MGM_ID_PID, 1);
	mgm_frame_u32(&frame, MGM_ID_WINDOW, window);
	mgm_frame_u32(&frame, MGM_ID_HEARTBEAT_MS, 5000);
	rig_tell(&frame);
}

/* Connected and welcomed, no settings yet. */
__attribute__((unused)) static void rig_connect(uint32_t window)
{
	struct mgm_frame frame = { 0 };
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
	bridge = pair[1];
	mgm_frame_begin(&frame, MGM_MSG_PONG);
	mgm_frame_end(&frame);
	mgm_link_attach(&M->link, pair[0], &frame);
	mgm_frame_free(&frame);
	rig_welcome(window);
}

/* The bridge dies. */
__attribute__((unused)) static void rig_cut(void)
{
	close(bridge);
	bridge = -1;
	fake_io();
}

/* The bridge's end is closed, if the connection is not down already. */
__attribute__((unused)) static void rig_stop_bridge(void)
{
	if (bridge >= 0)
		close(bridge);
	bridge = -1;
	fake_io();
}

__attribute__((unused)) static void rig_stop(void)
{
	if (bridge >= 0)
		close(bridge);
	bridge = -1;
	M->looping = false;
	mgm_link_bye(&M->link, MGM_BYE_SHUTDOWN, false);
	mgm_later_stop(&M->later);
	mgm_pulse_stop(&M->hurry);
	mgm_pending_free(&M->pending);
	mgm_records_free(&M->records);
	mgm_frame_free(&M->check_frame);
	mgm_perfdata_free(M);
	mgm_owned_free(&M->owned);
	mgm_held_free(&M->held);
	mgm_settings_free(&M->settings);
	mgm_own_results_free(M);
	mgm_results_free(M);
	mgm_spawn_free(&M->spawn);
	mgm_endpoint_remove(M->socket_path);
	if (fake_mapped_bytes != rig_mapped)
		CHECK(false, "%zu bytes stay mapped", fake_mapped_bytes - rig_mapped);
	fake_stop();
}

/* Next message of a type at the bridge; others are passed over. Valid until the next call. */
__attribute__((unused)) static const struct mgm_message *rig_next(enum mgm_msg_type type)
{
	static uint8_t data[65536];
	static size_t size, at;
	static struct mgm_message message;

	for (;;) {
		size_t used;
		ssize_t got;

		while (at < size && mgm_frame_decode(data + at, size - at, &message, &used) == MGM_FRAME_OK) {
			at += used;
			if (message.type == type)
				return &message;
		}
		at = size = 0;
		got = recv(bridge, data, sizeof(data), MSG_DONTWAIT);
		if (got <= 0)
			return NULL;
		size = (size_t)got;
	}
}

__attribute__((unused)) static bool rig_text(const struct mgm_message *message, enum mgm_id id, const char *want)
{
	const struct mgm_bytes *got = &message->field[id];

	return want == NULL ? got->data == NULL
	                    : got->data != NULL && got->size == strlen(want) && memcmp(got->data, want, got->size) == 0;
}

__attribute__((unused)) static int rig_get(bool service, enum mgm_field service_field, enum mgm_field host_field)
{
	return mgm_get_i32(fake.core.abi, service ? rig_service : rig_host, service ? service_field : host_field);
}

#define RIG_EXECUTING(service) rig_get(service, MGM_F_SERVICE_IS_EXECUTING, MGM_F_HOST_IS_EXECUTING)

#endif
