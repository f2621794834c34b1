/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "records.h"

#include <string.h>

void mgm_records_init(struct mgm_records *records, size_t max_bytes)
{
	memset(records, 0, sizeof(*records));
	records->max_bytes = max_bytes;
}

bool mgm_records_hold(enum mgm_event_kind kind)
{
	return kind >= MGM_EVENT_PERFDATA;
}

static size_t memory_of(const struct mgm_event *event)
{
	return sizeof(*event) + event->frame_bytes;
}

static void count(struct mgm_records *records, const struct mgm_event *event)
{
	records->count++;
	records->bytes += memory_of(event);
}

static struct mgm_event *take_first(struct mgm_records *records)
{
	struct mgm_event *event = records->first;

	if (event == NULL)
		return NULL;
	records->first = event->next;
	if (records->back == event)
		records->back = NULL;
	if (records->first == NULL)
		records->last = NULL;
	records->count--;
	records->bytes -= memory_of(event);
	event->next = NULL;
	return event;
}

struct mgm_event *mgm_records_next(struct mgm_records *records)
{
	struct mgm_event *event;

	records->busy = 1;
	event = take_first(records);
	records->busy = 0;
	return event;
}

static void append(struct mgm_records *records, struct mgm_event *event)
{
	if (records->last != NULL)
		records->last->next = event;
	else
		records->first = event;
	records->last = event;
	count(records, event);
}

static void drop_oldest(struct mgm_records *records)
{
	while (records->bytes > records->max_bytes) {
		mgm_event_free(take_first(records));
		records->dropped++;
	}
}

void mgm_records_add(struct mgm_records *records, enum mgm_event_kind kind, const uint8_t *frame, size_t frame_bytes)
{
	struct mgm_event_info info = { .kind = kind };
	struct mgm_event *event = records->busy ? NULL : mgm_event_new(&records->store, &info, frame, frame_bytes);

	if (event == NULL) {
		records->dropped++;
		return;
	}
	records->busy = 1;
	append(records, event);
	drop_oldest(records);
	records->busy = 0;
}

void mgm_records_remove(struct mgm_records *records, enum mgm_event_kind kind)
{
	size_t left = records->count;

	records->busy = 1;
	for (; left > 0; left--) {
		struct mgm_event *event = take_first(records);

		if (event->kind == kind)
			mgm_event_free(event);
		else
			append(records, event);
	}
	records->busy = 0;
}

void mgm_records_put_back(struct mgm_records *records, struct mgm_event *event)
{
	records->busy = 1;
	event->next = records->back != NULL ? records->back->next : records->first;
	if (records->back != NULL)
		records->back->next = event;
	else
		records->first = event;
	if (event->next == NULL)
		records->last = event;
	records->back = event;
	count(records, event);
	drop_oldest(records);
	records->busy = 0;
}

void mgm_records_free(struct mgm_records *records)
{
	for (struct mgm_event *event = mgm_records_next(records); event != NULL; event = mgm_records_next(records))
		mgm_event_free(event);
	mgm_event_store_end(&records->store);
}
