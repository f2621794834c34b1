/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fake_core.h"
#include "fake_parts.h"

struct watch {
	int fd;
	bool output;
	void *arg;
	mgm_io_handler handler;
};

struct timed {
	bool used;
	int64_t at;
	int64_t every;
	mgm_timer_handler handler;
	void *arg;
	void *event;
};

static struct watch watches[FAKE_MAX];
static struct timed timers[FAKE_MAX];

static int watch(int fd, void *arg, mgm_io_handler handler, bool output)
{
	if (fake.io_register_fails != 0)
		return -1;
	for (int i = 0; i < FAKE_MAX; i++)
		if (watches[i].handler != NULL && watches[i].fd == fd)
			return -114; /* the real one takes a descriptor once only */
	for (int i = 0; i < FAKE_MAX; i++) {
		if (watches[i].handler == NULL) {
			watches[i] = (struct watch){ fd, output, arg, handler };
			fake.io_registered++;
			return 0;
		}
	}
	return -1;
}

int fake_io_register(void *iobs, int fd, void *arg, mgm_io_handler handler)
{
	(void)iobs;
	return watch(fd, arg, handler, false);
}

int fake_io_register_out(void *iobs, int fd, void *arg, mgm_io_handler handler)
{
	(void)iobs;
	return watch(fd, arg, handler, true);
}

int fake_io_unregister(void *iobs, int fd)
{
	(void)iobs;
	for (int i = 0; i < FAKE_MAX; i++) {
		if (watches[i].handler != NULL && watches[i].fd == fd) {
			watches[i].handler = NULL;
			fake.io_registered--;
			return 0;
		}
	}
	return -1;
}

int fake_io(void)
{
	int called = 0;

	for (int i = 0; i < FAKE_MAX; i++) {
		struct pollfd p = { .fd = watches[i].fd, .events = watches[i].output ? POLLOUT : POLLIN };

		if (watches[i].handler != NULL && poll(&p, 1, 0) > 0) {
			called++;
			watches[i].handler(watches[i].fd, p.revents, watches[i].arg);
		}
	}
	return called;
}

static void *add_timer(int64_t delay, int64_t every, mgm_timer_handler handler, void *arg)
{
	for (int i = 0; i < FAKE_MAX; i++) {
		if (!timers[i].used) {
			timers[i] = (struct timed){ true, fake.now_us / 1000000 + delay, every, handler, arg, malloc(1) };
			fake.timer_count++;
			return timers[i].event;
		}
	}
	return NULL;
}

/* Naemon hands over a struct with the reason. */
static void call_naemon(const struct timed *timer, bool aborted)
{
	static max_align_t properties[8];

	memset(properties, 0, sizeof(properties));
	mgm_set_i32(fake.core.abi, properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_EXECUTION_TYPE,
	            mgm_constant(fake.core.abi, aborted ? MGM_C_EVENT_EXEC_ABORTED : MGM_C_EVENT_EXEC_NORMAL, 0));
	mgm_set_ptr(fake.core.abi, properties, MGM_F_NM_EVENT_EXECUTION_PROPERTIES_USER_DATA, timer->arg);
	timer->handler(properties);
}

static void drop_timer(int i)
{
	timers[i].used = false;
	fake.timer_count--;
	free(timers[i].event);
}

void *fake_schedule_event(int64_t delay, mgm_timer_handler handler, void *data)
{
	return add_timer(delay, 0, handler, data);
}

void fake_destroy_event(void *event)
{
	for (int i = 0; i < FAKE_MAX; i++) {
		if (timers[i].used && timers[i].event == event) {
			struct timed copied = timers[i];

			drop_timer(i);
			call_naemon(&copied, true);
			return;
		}
	}
}

void *fake_schedule_new_event(int type, int high, int64_t run_time, int recurring, unsigned long interval, void *timing,
                              int compensate, void *data, void *argument, int options)
{
	union {
		void *data;
		mgm_timer_handler function;
	} handler = { data };

	(void)high;
	(void)timing;
	(void)compensate;
	(void)options;
	(void)run_time;
	if (type != 99 || recurring == 0)
		return NULL;
	return add_timer((int64_t)interval, (int64_t)interval, handler.function, argument);
}

/* The caller frees the event. */
void fake_remove_event(void *events, void *event)
{
	(void)events;
	for (int i = 0; i < FAKE_MAX; i++) {
		if (timers[i].used && timers[i].event == event) {
			timers[i].used = false;
			fake.timer_count--;
		}
	}
}

int fake_time(int64_t seconds)
{
	int called = 0;

	fake.now_us += seconds * 1000000;
	for (int i = 0; i < FAKE_MAX; i++) {
		struct timed copied = timers[i];

		if (!copied.used || copied.at > fake.now_us / 1000000)
			continue;
		called++;
		if (copied.every > 0) {
			timers[i].at = fake.now_us / 1000000 + copied.every;
			copied.handler(copied.arg);
		} else {
			drop_timer(i);
			call_naemon(&copied, false);
		}
	}
	return called;
}

void fake_drop_loop(void)
{
	for (int i = 0; i < FAKE_MAX; i++) {
		watches[i].handler = NULL;
		if (timers[i].used)
			drop_timer(i);
	}
}
