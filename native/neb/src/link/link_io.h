/* SPDX-License-Identifier: GPL-2.0-or-later */
/** One connection to the bridge and its bytes: sending, receiving, closing. What they mean is in link.h. */
#ifndef MGM_LINK_IO_H
#define MGM_LINK_IO_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "layout/core.h"
#include "timer.h"
#include "wire/buffer.h"
#include "wire/chain.h"
#include "wire/frame.h"

/** Unsent bytes above which no further events are given to the link. */
#define MGM_LINK_BACKLOG (1024u * 1024u)
/** Most bytes of it that are written in one go. */
#define MGM_LINK_FLUSH (128u * 1024u)

enum mgm_link_state { MGM_LINK_DOWN, MGM_LINK_GREETING, MGM_LINK_UP };

struct mgm_link_events {
	void (*up)(void *arg);                                         /* WELCOME came, version agreed */
	void (*message)(void *arg, const struct mgm_message *message); /* not the link's own types */
	void (*batch_end)(void *arg);                                  /* after one or more messages */
	void (*writable)(void *arg);                                   /* backlog gone, or window changed */
	void (*down)(void *arg, const char *why);                      /* after an attach; all is cleaned up */
};

struct mgm_link {
	const struct mgm_core *core;   /* borrowed */
	const struct mgm_clock *clock; /* borrowed */
	const struct mgm_link_events *events;
	void *arg;
	enum mgm_link_state state;
	int fd;
	int out_fd; /* dup of fd, registered for output only while there is a backlog; or -1 */
	bool registered;
	bool detached; /* from the core's iobroker, for the rest of its life */
	bool dead;
	bool silent; /* the last connection ended because nothing was heard */
	bool busy;   /* inside a handler */
	char why[200];
	struct mgm_buffer in;
	struct mgm_chain out;
	struct mgm_timer resume; /* Naemon: end of a pause */
	uint32_t heartbeat_ms;
	uint32_t peer_window;
	int64_t heard_ms;
	int64_t sent_ms;
	uint32_t spent_messages; /* since timed events of the core last ran */
	int64_t spent_us;
	int linger_ms; /* MGM_LINK_LINGER_MS */
	uint64_t skipped_messages;
	uint64_t skipped_fields;
};

/** Read once, at most `chunk` bytes. @return false when there was nothing, or the link died */
bool mgm_link_receive(struct mgm_link *link, size_t chunk);
/** Write what the socket takes of the backlog, MGM_LINK_FLUSH at most; ask for writability while some is left. */
void mgm_link_flush(struct mgm_link *link);
/** Stop waiting for writability. */
void mgm_link_stop_output_watch(struct mgm_link *link);
/** @return whether the peer may not have read all that was sent */
bool mgm_link_unread(const struct mgm_link *link);
/** Wait, bounded, until the peer has read everything or closed its end; what it sends meanwhile is dropped, unacknowledged. */
void mgm_link_linger(struct mgm_link *link);
/** Unregister, shut down and close everything; keeps state and reason. Safe when the core has no iobroker any more. */
void mgm_link_close_fds(struct mgm_link *link);
/** Close a dead link, then call `down`. */
void mgm_link_take_down(struct mgm_link *link);

/** Send or queue one frame. @return false when there is no connection, or this just killed it */
bool mgm_link_send(struct mgm_link *link, const uint8_t *frame, size_t size);
/** The same without a try to send now: mgm_link_flush() sends everything that was queued in one piece. */
bool mgm_link_queue(struct mgm_link *link, const uint8_t *frame, size_t size);
/** @return whether events may be given to mgm_link_send() now */
bool mgm_link_writable(const struct mgm_link *link);
/** Mark dead with a reason, from anywhere. The first reason stays. */
void mgm_link_kill(struct mgm_link *link, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** In a forked child: close our descriptors there, nothing else. Async-signal-safe. */
void mgm_link_forget(struct mgm_link *link);

#endif
