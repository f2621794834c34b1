/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pending.h"

#include <string.h>

#include "wire/frame.h"

void mgm_pending_init(struct mgm_pending *pending, size_t max_events, size_t max_bytes)
{
	memset(pending, 0, sizeof(*pending));
	pending->max_events = max_events;
	pending->max_bytes = max_bytes;
	pending->next_seq = 1;
}

void mgm_event_free(struct mgm_event *event)
{
	if (event != NULL)
		mgm_event_store_free(event->block);
}

static void append(struct mgm_pending *pending, struct mgm_event *event)
{
	event->next = NULL;
	if (pending->last != NULL)
		pending->last->next = event;
	else
		pending->first = event;
	pending->last = event;
	if (pending->unsent == NULL)
		pending->unsent = event;
	pending->count++;
	pending->bytes += event->frame_bytes;
}

static size_t text_bytes(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

/* @return the copy at `*at`, which moves behind it; NULL for none */
static char *copy_text(char **at, const char *text, size_t bytes)
{
	char *copy = *at;

	if (bytes == 0)
		return NULL;
	memcpy(copy, text, bytes);
	*at += bytes;
	return copy;
}

struct mgm_event *mgm_event_new(struct mgm_event_store *store, const struct mgm_event_info *info, const uint8_t *frame,
                                size_t frame_bytes)
{
	size_t host_bytes = text_bytes(info->host), service_bytes = text_bytes(info->service);
	struct mgm_event_block *block;
	struct mgm_event *event =
		mgm_event_store_new(store, sizeof(*event) + frame_bytes + host_bytes + service_bytes, &block);
	char *texts;

	if (event == NULL)
		return NULL;
	memset(event, 0, sizeof(*event));
	event->block = block;
	event->kind = info->kind;
	event->check_options = info->check_options;
	event->object = info->object;
	event->frame_bytes = frame_bytes;
	memcpy(event->frame, frame, frame_bytes);
	texts = (char *)event->frame + frame_bytes;
	event->host = copy_text(&texts, info->host, host_bytes);
	event->service = copy_text(&texts, info->service, service_bytes);
	return event;
}

bool mgm_pending_add(struct mgm_pending *pending, const struct mgm_event_info *info, const uint8_t *frame,
                     size_t frame_bytes)
{
	struct mgm_event *event;

	/* An adopted event may have gone beyond the bound. */
	if (pending->count >= pending->max_events || frame_bytes > pending->max_bytes ||
	    pending->bytes > pending->max_bytes - frame_bytes)
		return false;
	event = mgm_event_new(&pending->store, info, frame, frame_bytes);
	if (event == NULL)
		return false;
	append(pending, event);
	return true;
}

void mgm_pending_adopt(struct mgm_pending *pending, struct mgm_event *event)
{
	event->seq = 0;
	append(pending, event);
}

struct mgm_event *mgm_pending_next(struct mgm_pending *pending)
{
	struct mgm_event *event = pending->unsent;

	/* Older ones may have to go first. */
	if (event == NULL || pending->returned != NULL)
		return NULL;
	event->seq = pending->next_seq++;
	mgm_frame_set_seq(event->frame, event->seq);
	pending->unsent = event->next;
	pending->sent++;
	return event;
}

/* Unlink the event after `before` (NULL: the first one). The caller updates `unsent`. */
static struct mgm_event *unlink_after(struct mgm_pending *pending, struct mgm_event *before)
{
	struct mgm_event *event = before != NULL ? before->next : pending->first;

	if (before != NULL)
		before->next = event->next;
	else
		pending->first = event->next;
	if (pending->last == event)
		pending->last = before;
	if (event->seq != 0)
		pending->sent--;
	pending->count--;
	pending->bytes -= event->frame_bytes;
	event->next = NULL;
	return event;
}

size_t mgm_pending_done(struct mgm_pending *pending, int64_t seq)
{
	size_t done = 0;

	while (pending->first != NULL && pending->first->seq != 0 && pending->first->seq <= seq) {
		mgm_event_free(unlink_after(pending, NULL));
		done++;
	}
	return done;
}

struct mgm_event *mgm_pending_take(struct mgm_pending *pending, int64_t seq)
{
	struct mgm_event *before = NULL;

	for (struct mgm_event *at = pending->first; at != NULL && at->seq != 0; before = at, at = at->next)
		if (at->seq == seq)
			return unlink_after(pending, before);
	return NULL;
}

/* Nothing has been sent while events wait to be reclaimed, so the list begins with those that were kept. */
void mgm_pending_disconnect(struct mgm_pending *pending)
{
	struct mgm_event *kept = pending->kept, *rest = kept != NULL ? kept->next : pending->first;

	/* kept ones, then those still to be reclaimed, then later ones */
	if (pending->returned_last != NULL)
		pending->returned_last->next = rest;
	if (kept != NULL)
		kept->next = pending->returned != NULL ? pending->returned : rest;
	if (rest != NULL || pending->returned_last == NULL)
		pending->returned_last = pending->last;
	pending->returned = kept != NULL ? pending->first : pending->returned != NULL ? pending->returned : rest;
	pending->first = NULL;
	pending->last = NULL;
	pending->kept = NULL;
	pending->unsent = NULL;
	pending->sent = 0;
	pending->next_seq = 1;
}

/* Behind those that were kept before, in front of everything that came after the loss. */
static void keep(struct mgm_pending *pending, struct mgm_event *event)
{
	event->seq = 0;
	event->next = pending->kept != NULL ? pending->kept->next : pending->first;
	if (pending->kept != NULL)
		pending->kept->next = event;
	else
		pending->first = event;
	if (event->next == NULL)
		pending->last = event;
	pending->kept = event;
	pending->unsent = pending->first;
}

bool mgm_pending_reclaim(struct mgm_pending *pending, struct mgm_event **check)
{
	struct mgm_event *event = pending->returned;

	*check = NULL;
	if (event == NULL)
		return false;
	pending->returned = event->next;
	if (pending->returned == NULL)
		pending->returned_last = NULL;
	if (event->kind != MGM_EVENT_HANDLER && event->kind != MGM_EVENT_NOTIFICATION) {
		pending->count--;
		pending->bytes -= event->frame_bytes;
		event->next = NULL;
		*check = event;
	} else {
		keep(pending, event);
	}
	if (pending->returned == NULL)
		pending->kept = NULL;
	return true;
}

static void free_list(struct mgm_event *at)
{
	while (at != NULL) {
		struct mgm_event *next = at->next;

		mgm_event_free(at);
		at = next;
	}
}

void mgm_pending_free(struct mgm_pending *pending)
{
	free_list(pending->returned);
	free_list(pending->first);
	mgm_event_store_end(&pending->store);
	mgm_pending_init(pending, pending->max_events, pending->max_bytes);
}
