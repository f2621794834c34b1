/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * One connection to the bridge, driven by the core's iobroker and a one second tick. Never blocks. Knows frames,
 * handshake, heartbeat, back-pressure and fairness; what messages mean is the session's business.
 *
 * Re-entrancy: a handler may call mgm_link_send() at any time, also from within `message`. A failure there only
 * marks the connection dead; it is taken down at the end of the outermost call.
 */
#ifndef MGM_LINK_H
#define MGM_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/buffer.h"
#include "clock.h"
#include "layout/core.h"
#include "wire/frame.h"
#include "timer.h"

/** Own heartbeat, milliseconds; the smaller of both sides' counts. */
#define MGM_LINK_HEARTBEAT_MS 5000u
/** Unsent bytes at most; more means that the bridge is stuck. */
#define MGM_LINK_MAX_UNSENT (64u * 1024u * 1024u)
/** Unsent bytes above which no further events are given to the link. */
#define MGM_LINK_BACKLOG (1024u * 1024u)
/** What one go at incoming messages may take: messages, microseconds (neb-module.md 6.1). */
#define MGM_LINK_BUDGET_MESSAGES 200u
#define MGM_LINK_BUDGET_US 20000

/** After BYE: how long to wait at most for the bridge to have read it, milliseconds. */
#define MGM_LINK_LINGER_MS 100

enum mgm_link_state { MGM_LINK_DOWN, MGM_LINK_GREETING, MGM_LINK_UP };

struct mgm_link_events {
	void (*up)(void *arg);                                 /* WELCOME came, version agreed */
	void (*message)(void *arg, const struct mgm_message *message); /* not the link's own types */
	void (*batch_end)(void *arg);                          /* after one or more messages */
	void (*writable)(void *arg);                           /* backlog gone, or window changed */
	void (*down)(void *arg, const char *why);              /* after an attach; all is cleaned up */
};

struct mgm_link {
	const struct mgm_core *core;   /* borrowed */
	const struct mgm_clock *clock; /* borrowed */
	const struct mgm_link_events *events;
	void *arg;
	enum mgm_link_state state;
	int fd;
	int out_fd;                    /* dup of fd, registered for output only while there is a backlog; or -1 */
	bool registered;
	bool dead;
	bool busy;                     /* inside a handler */
	char why[200];
	struct mgm_buffer in;
	struct mgm_buffer out;
	struct mgm_timer resume;       /* Naemon: end of a pause */
	uint32_t heartbeat_ms;
	uint32_t peer_window;
	int64_t heard_ms;
	int64_t sent_ms;
	uint32_t spent_messages;       /* since timed events of the core last ran */
	int64_t spent_us;
	int linger_ms;                 /* MGM_LINK_LINGER_MS */
	uint64_t skipped_messages;
	uint64_t skipped_fields;
};

void mgm_link_init(struct mgm_link *link, const struct mgm_core *core, const struct mgm_clock *clock,
                   const struct mgm_link_events *events, void *arg);
/**
 * Take over a connected non-blocking socket and send `hello`.
 *
 * @return false when the core's iobroker refuses it; fd is closed then, `down` is not called
 */
bool mgm_link_attach(struct mgm_link *link, int fd, const struct mgm_frame *hello);
/** Send or queue one frame. @return false when there is no connection, or this just killed it */
bool mgm_link_send(struct mgm_link *link, const uint8_t *frame, size_t size);
/** @return whether events may be given to mgm_link_send() now */
bool mgm_link_writable(const struct mgm_link *link);
/** Once a second: heartbeat, silence, burying the dead. */
void mgm_link_tick(struct mgm_link *link);
/** Process everything that has arrived, without a budget. For EVENTLOOPEND. */
void mgm_link_drain(struct mgm_link *link);
/**
 * Say goodbye and close; calls `down`. Idempotent. Waits up to `linger_ms` for the bridge to close its end: a bridge
 * that is just writing would otherwise see a broken pipe before it has read our last acknowledgement, and the next
 * load of this module does not know which results were applied. For EVENTLOOPEND only.
 */
void mgm_link_bye(struct mgm_link *link, enum mgm_bye reason);
/** Mark dead with a reason, from anywhere. The first reason stays. */
void mgm_link_kill(struct mgm_link *link, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** In a forked child: close our descriptors there, nothing else. Async-signal-safe. */
void mgm_link_forget(struct mgm_link *link);

#endif
