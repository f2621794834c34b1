/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Events that the bridge has not answered: sent ones first, then those waiting for its window or its return.
 * First in, first out; bounded by count and bytes. Pure.
 */
#ifndef MGM_PENDING_H
#define MGM_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event_store.h"

#define MGM_PENDING_MAX_EVENTS 20000u
#define MGM_PENDING_MAX_BYTES (64u * 1024u * 1024u)

enum mgm_event_kind {
	MGM_EVENT_SERVICE_CHECK,
	MGM_EVENT_HOST_CHECK,
	MGM_EVENT_HANDLER,
	MGM_EVENT_NOTIFICATION,
	MGM_EVENT_PERFDATA,
	MGM_EVENT_EXPORT_PROCESS,
	MGM_EVENT_EXPORT_TIMED,
	MGM_EVENT_EXPORT_LOG,
	MGM_EVENT_KINDS
};

/** @return whether the core expects a result */
static inline bool mgm_event_is_check(enum mgm_event_kind kind)
{
	return kind == MGM_EVENT_SERVICE_CHECK || kind == MGM_EVENT_HOST_CHECK;
}

struct mgm_event {
	struct mgm_event *next;
	struct mgm_event_block *block;
	enum mgm_event_kind kind;
	int64_t seq;        /* on this connection; 0: not sent */
	int check_options;  /* checks: to be restored if it has to run again */
	const void *object; /* address of the core's host or service; a key, never followed */
	char *host;         /* behind the frame, like the next one; NULL: not kept */
	char *service;      /* NULL for a host */
	size_t frame_bytes;
	uint8_t frame[]; /* encoded, first field is seq */
};

struct mgm_pending {
	struct mgm_event *first;
	struct mgm_event *last;
	struct mgm_event *unsent;                   /* first one without a number */
	struct mgm_event *returned, *returned_last; /* of a lost connection, still to be reclaimed; counted too */
	struct mgm_event *kept;                     /* last one that was reclaimed and stays; NULL when all are */
	size_t count;
	size_t sent;
	size_t bytes;
	int64_t next_seq;
	size_t max_events;
	size_t max_bytes;
	struct mgm_event_store store;
};

void mgm_pending_init(struct mgm_pending *pending, size_t max_events, size_t max_bytes);
/** What is kept of an event; all texts are copied. */
struct mgm_event_info {
	enum mgm_event_kind kind;
	int check_options;
	const void *object;
	const char *host;
	const char *service;
};
/** @return an event with copies of all texts, to be freed with mgm_event_free() before its store ends; NULL without memory */
struct mgm_event *mgm_event_new(struct mgm_event_store *store, const struct mgm_event_info *info, const uint8_t *frame,
                                size_t frame_bytes);
/** @return false, and nothing kept, when a bound is reached or there is no memory */
bool mgm_pending_add(struct mgm_pending *pending, const struct mgm_event_info *info, const uint8_t *frame,
                     size_t frame_bytes);
/** Put an event at the end that was kept elsewhere; the list owns it. Bounds are the caller's. */
void mgm_pending_adopt(struct mgm_pending *pending, struct mgm_event *event);
/** Number the next unsent event. @return it, still owned by the list; NULL if all were sent */
struct mgm_event *mgm_pending_next(struct mgm_pending *pending);
/** Drop the sent events up to and including `seq`. @return how many */
size_t mgm_pending_done(struct mgm_pending *pending, int64_t seq);
/** Take one sent event out. @return it, to be freed with mgm_event_free(); NULL if unknown */
struct mgm_event *mgm_pending_take(struct mgm_pending *pending, int64_t seq);
/**
 * The connection is gone: numbers start again at 1, and all events wait for mgm_pending_reclaim(); none is sent before.
 * Takes the same time for any number of events.
 */
void mgm_pending_disconnect(struct mgm_pending *pending);
/**
 * Look at the next event of a lost connection. An event handler or a notification stays, to be sent again, in the old
 * order and before later ones.
 *
 * @param[out] check any other event, which is the caller's now; NULL for one that stays
 * @return false when none is left
 */
bool mgm_pending_reclaim(struct mgm_pending *pending, struct mgm_event **check);
void mgm_event_free(struct mgm_event *event);
/** Before mgm_records_free(): events of the records may be here, never the other way round. */
void mgm_pending_free(struct mgm_pending *pending);

#endif
