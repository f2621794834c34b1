/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Timer queue: order, abort, latency, and Naemon's rule that input postpones events. */
#include "../../testcore/timers.h"

#include <unistd.h>

#include "../../testcore/exports.h"
#include "../../testcore/iobroker.h"
#include "tap.h"

#define MS 1000000LL

static int64_t fake_now;
static char trace[256];
static int reads;
static bool keep_reading;

static int64_t clock_now(void)
{
	return fake_now;
}

/* user_data is one letter: upper case in the trace when the event was aborted. */
static void note(void *properties)
{
	struct tc_timer_info info = tc_timer_info(properties);
	char letter[2] = { *(const char *)info.user_data, '\0' };

	if (info.aborted)
		letter[0] = (char)(letter[0] - 'a' + 'A');
	strcat(trace, letter);
}

static double last_latency;

static void note_latency(void *properties)
{
	last_latency = tc_timer_info(properties).latency;
}

static void again(void *properties)
{
	note(properties);
	if (!tc_timer_info(properties).aborted && strlen(trace) < 3)
		schedule_event(0, again, tc_timer_info(properties).user_data);
}

static int on_input(int fd, int events, void *arg)
{
	char byte;

	(void)events;
	(void)arg;
	reads++;
	if (!keep_reading)
		ok(read(fd, &byte, 1) == 1, "input handler gets its byte");
	return 0;
}

static void turns(void *set, int count)
{
	for (int i = 0; i < count; i++)
		tc_event_poll(set, 0);
}

static void test_order(void *set)
{
	void *doomed;

	trace[0] = '\0';
	tc_schedule_ms(30, note, "c");
	tc_schedule_ms(10, note, "a");
	doomed = tc_schedule_ms(15, note, "x");
	tc_schedule_ms(20, note, "b");
	tc_schedule_ms(40, note, "d");
	is_int((long long)tc_timers_pending(), 5, "five events wait");
	turns(set, 3);
	is_str(trace, "", "nothing runs before its time");
	destroy_event(doomed);
	is_str(trace, "X", "a destroyed event is called at once as aborted");
	fake_now += 25 * MS;
	turns(set, 1);
	is_str(trace, "Xa", "one event per turn");
	turns(set, 5);
	is_str(trace, "Xab", "due events in order of time, not of creation");
	fake_now += 100 * MS;
	turns(set, 5);
	is_str(trace, "Xabcd", "the rest");
	ok(schedule_event(0, NULL, NULL) == NULL, "no event without a callback");
}

static void test_many(void *set)
{
	static char letters[26];
	bool sorted = true;

	trace[0] = '\0';
	/* 7 is prime to 26: every delay once, in a scrambled order. */
	for (int i = 0; i < 26; i++) {
		letters[i] = (char)('a' + i * 7 % 26);
		tc_schedule_ms(i * 7 % 26, note, &letters[i]);
	}
	fake_now += 1000 * MS;
	turns(set, 26);
	for (int i = 0; i < 26; i++)
		sorted = sorted && trace[i] == 'a' + i;
	ok(sorted, "26 scrambled events come out sorted: %s", trace);
}

static void test_latency(void *set)
{
	schedule_event(1, note_latency, NULL);
	fake_now += 1250 * MS;
	turns(set, 1);
	ok(last_latency > 0.2499 && last_latency < 0.2501, "latency is the delay behind the planned time: %f",
	   last_latency);
}

static void test_zero_delay(void *set)
{
	trace[0] = '\0';
	schedule_event(0, again, "r");
	turns(set, 1);
	is_str(trace, "r", "an event that schedules itself with delay 0 runs once per turn");
	turns(set, 9);
	is_str(trace, "rrr", "and goes on in later turns");
}

static void test_starvation(void *set)
{
	int ends[2];

	ok(pipe(ends) == 0 && write(ends[1], "x", 1) == 1, "a readable pipe");
	trace[0] = '\0';
	reads = 0;
	iobroker_register(set, ends[0], NULL, on_input);
	schedule_event(0, note, "e");
	keep_reading = true;
	turns(set, 10);
	is_int(reads, 10, "a descriptor that stays readable is served every turn");
	is_str(trace, "", "and no event runs meanwhile, though one is due");
	keep_reading = false;
	turns(set, 1);
	is_str(trace, "", "also not in the turn that empties it");
	turns(set, 1);
	is_str(trace, "e", "but in the next one");
	iobroker_close(set, ends[0]);
	close(ends[1]);
}

static void test_end(void)
{
	trace[0] = '\0';
	schedule_event(5, note, "b");
	schedule_event(1, note, "a");
	schedule_event(2, again, "c");
	clear_event_queue();
	is_str(trace, "ACB", "clearing the queue aborts every event");
	is_int((long long)tc_timers_pending(), 0, "and leaves none");
	tc_timers_discard();
}

int main(void)
{
	void *set = tc_iobroker_create();

	tc_timers_set_clock(clock_now);
	test_order(set);
	test_many(set);
	test_latency(set);
	test_zero_delay(set);
	test_starvation(set);
	test_end();
	tc_iobroker_destroy(set, true);
	return tap_end();
}
