/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exports.h"
#include "iobroker.h"
#include "layout.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_MS 1000000LL

struct event {
	size_t position; /* in the heap */
	int64_t due_ns;
	void (*callback)(void *);
	void *user_data;
};

static struct {
	struct event **heap; /* binary heap, earliest first */
	size_t count, capacity;
	tc_clock clock;
} queue;

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static int64_t now_ns(void)
{
	return queue.clock != NULL ? queue.clock() : monotonic_ns();
}

void tc_timers_set_clock(tc_clock clock)
{
	queue.clock = clock;
}

static void place(struct event *event, size_t position)
{
	queue.heap[position] = event;
	event->position = position;
}

static void sift_up(size_t position)
{
	while (position > 0) {
		size_t parent = (position - 1) / 2;
		struct event *child = queue.heap[position];

		if (queue.heap[parent]->due_ns <= child->due_ns)
			return;
		place(queue.heap[parent], position);
		place(child, parent);
		position = parent;
	}
}

static void sift_down(size_t position)
{
	for (;;) {
		size_t child = position * 2 + 1;
		struct event *event = queue.heap[position];

		if (child >= queue.count)
			return;
		if (child + 1 < queue.count && queue.heap[child + 1]->due_ns < queue.heap[child]->due_ns)
			child++;
		if (event->due_ns <= queue.heap[child]->due_ns)
			return;
		place(queue.heap[child], position);
		place(event, child);
		position = child;
	}
}

static void take_out(const struct event *event)
{
	size_t position = event->position;
	struct event *last = queue.heap[--queue.count];

	if (position == queue.count)
		return;
	place(last, position);
	sift_up(position);
	sift_down(last->position);
}

/* The event leaves the queue before its callback runs and dies after it, as in the real core. */
static void run(struct event *event, int execution_type, double latency)
{
	void *properties = tc_new(MGM_S_NM_EVENT_EXECUTION_PROPERTIES);
	char *attributes = mgm_at(tc_abi(), properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_ATTRIBUTES);

	take_out(event);
	tc_set_i32(properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_EXECUTION_TYPE, execution_type);
	tc_set_ptr(properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_USER_DATA, event->user_data);
	memcpy(attributes, &event, sizeof(event));
	memcpy(attributes + sizeof(event), &latency, sizeof(latency));
	event->callback(properties);
	free(properties);
	free(event);
}

struct tc_timer_info tc_timer_info(const void *properties)
{
	struct tc_timer_info info;
	size_t attributes = tc_abi()->offset[MGM_F_NM_EVENT_EXECUTION_PROPERTIES_ATTRIBUTES];

	info.aborted =
		tc_i32(properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_EXECUTION_TYPE) == tc_const(MGM_C_EVENT_EXEC_ABORTED);
	info.user_data = tc_ptr(properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_USER_DATA);
	memcpy(&info.latency, (const char *)properties + attributes + sizeof(void *), sizeof(info.latency));
	return info;
}

void *tc_schedule_ms(int64_t delay_ms, void (*callback)(void *), void *user_data)
{
	struct event *event;

	if (callback == NULL)
		return NULL;
	event = calloc(1, sizeof(*event));
	if (queue.count == queue.capacity) {
		size_t capacity = queue.capacity == 0 ? 64 : queue.capacity * 2;
		struct event **heap = realloc(queue.heap, capacity * sizeof(struct event *));

		if (heap == NULL) {
			free(event);
			return NULL;
		}
		queue.heap = heap;
		queue.capacity = capacity;
	}
	if (event == NULL)
		return NULL;
	event->due_ns = now_ns() + delay_ms * NS_PER_MS;
	event->callback = callback;
	event->user_data = user_data;
	place(event, queue.count++);
	sift_up(event->position);
	return event;
}

void *schedule_event(int64_t delay_seconds, void (*callback)(void *), void *user_data)
{
	return tc_schedule_ms(delay_seconds * 1000, callback, user_data);
}

void destroy_event(void *event)
{
	run(event, tc_const(MGM_C_EVENT_EXEC_ABORTED), 0.0);
}

void clear_event_queue(void)
{
	while (queue.count > 0)
		destroy_event(queue.heap[0]);
}

size_t tc_timers_pending(void)
{
	return queue.count;
}

void tc_timers_discard(void)
{
	for (size_t i = 0; i < queue.count; i++)
		free(queue.heap[i]);
	free(queue.heap);
	queue.heap = NULL;
	queue.count = queue.capacity = 0;
}

/* Milliseconds until the first event, at most max_ms. Rounded down as in the real core: it may turn idly. */
static int wait_ms(int max_ms)
{
	int64_t left;

	if (queue.count == 0)
		return max_ms;
	left = (queue.heap[0]->due_ns - now_ns()) / NS_PER_MS;
	if (left < 0)
		return 0;
	return left < max_ms ? (int)left : max_ms;
}

int tc_event_poll(void *iobroker_set, int max_ms)
{
	struct event *first = queue.count > 0 ? queue.heap[0] : NULL;
	int inputs = tc_iobroker_poll(iobroker_set, wait_ms(max_ms));
	int64_t late_ns;

	if (inputs < 0)
		return inputs == TC_IOB_SYSTEM && errno == EINTR ? 0 : -1;
	/* The starvation rule: input on any descriptor means that no event runs in this turn. */
	if (inputs > 0 || first == NULL)
		return 0;
	late_ns = now_ns() - first->due_ns;
	if (late_ns < 0)
		return 0;
	run(first, tc_const(MGM_C_EVENT_EXEC_NORMAL), (double)(late_ns / NS_PER_MS) / 1000.0);
	return 0;
}
