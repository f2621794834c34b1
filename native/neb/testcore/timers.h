/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Timed events and the loop turn. Modules see schedule_event() and destroy_event() of exports.h. */
#ifndef TC_TIMERS_H
#define TC_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Longest wait of one loop turn, as in Naemon; also the longest a signal can wait for its effect. */
#define TC_MAX_POLL_MS 1500

/** What an event callback finds behind its void pointer, read through the offset table. */
struct tc_timer_info {
	bool aborted;   /* the event was destroyed, not due */
	double latency; /* seconds behind its time */
	void *user_data;
};

/** @param properties the argument of an event callback */
struct tc_timer_info tc_timer_info(const void *properties);

/** Nanoseconds of any clock that never goes back. */
typedef int64_t (*tc_clock)(void);

/** Replace the clock (nanoseconds) of all timers; NULL restores CLOCK_MONOTONIC. For tests. */
void tc_timers_set_clock(tc_clock clock);

/** schedule_event() with a finer delay. @return handle for destroy_event() */
void *tc_schedule_ms(int64_t delay_ms, void (*callback)(void *), void *user_data);

/** @return events in the queue */
size_t tc_timers_pending(void);

/** Free the queue and what is in it without calling its handlers: a module that was refused is unmapped already. */
void tc_timers_discard(void);

/**
 * One loop turn with Naemon's rule: wait for input until the first event is due (at most `max_ms`); if any
 * descriptor had input, run no event at all; else run the first due event.
 *
 * @return 0, or -1 when waiting failed for another reason than a signal
 */
int tc_event_poll(void *iobroker_set, int max_ms);

#endif
