/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Level triggered epoll set with one handler per descriptor, behaving as the core's iobroker. */
#include "iobroker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "exports.h"

/** Descriptors a set can hold, counted from 0. */
#define MAX_FD 4096

struct entry {
	int (*handler)(int, int, void *); /* NULL: not registered */
	void *arg;
};

struct iobroker {
	int epoll_fd;
	int count;
	struct entry entries[MAX_FD];
	struct epoll_event ready[MAX_FD];
};

void *tc_iobroker_create(void)
{
	struct iobroker *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return NULL;
	set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (set->epoll_fd < 0) {
		free(set);
		return NULL;
	}
	return set;
}

static int add(void *opaque, int fd, uint32_t events, void *arg, int (*handler)(int, int, void *))
{
	struct iobroker *set = opaque;
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (set == NULL)
		return TC_IOB_NO_SET;
	if (fd < 0 || fd >= MAX_FD || handler == NULL)
		return TC_IOB_INVALID;
	if (set->entries[fd].handler != NULL)
		return TC_IOB_ALREADY;
	if (epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return TC_IOB_SYSTEM;
	set->entries[fd].handler = handler;
	set->entries[fd].arg = arg;
	set->count++;
	return TC_IOB_OK;
}

int iobroker_register(void *set, int fd, void *arg, int (*handler)(int, int, void *))
{
	return add(set, fd, EPOLLIN | EPOLLRDHUP, arg, handler);
}

int iobroker_register_out(void *set, int fd, void *arg, int (*handler)(int, int, void *))
{
	return add(set, fd, EPOLLOUT, arg, handler);
}

int iobroker_is_registered(void *opaque, int fd)
{
	struct iobroker *set = opaque;

	return set != NULL && fd >= 0 && fd < MAX_FD && set->entries[fd].handler != NULL;
}

int iobroker_unregister(void *opaque, int fd)
{
	struct iobroker *set = opaque;

	if (set == NULL)
		return TC_IOB_NO_SET;
	if (!iobroker_is_registered(set, fd))
		return TC_IOB_INVALID;
	set->entries[fd].handler = NULL;
	set->entries[fd].arg = NULL;
	set->count--;
	return epoll_ctl(set->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

int iobroker_close(void *set, int fd)
{
	int result = iobroker_unregister(set, fd);

	if (fd >= 0)
		close(fd);
	return result;
}

void tc_iobroker_destroy(void *opaque, bool close_descriptors)
{
	struct iobroker *set = opaque;

	if (set == NULL)
		return;
	for (int fd = 0; fd < MAX_FD; fd++) {
		if (set->entries[fd].handler == NULL)
			continue;
		if (close_descriptors)
			iobroker_close(set, fd);
		else
			iobroker_unregister(set, fd);
	}
	close(set->epoll_fd);
	free(set);
}

int tc_iobroker_poll(void *opaque, int timeout_ms)
{
	struct iobroker *set = opaque;
	int called = 0;
	int ready;

	if (set == NULL)
		return TC_IOB_NO_SET;
	ready = epoll_wait(set->epoll_fd, set->ready, set->count > 0 ? set->count : 1, timeout_ms);
	if (ready < 0)
		return TC_IOB_SYSTEM;
	for (int i = 0; i < ready; i++) {
		/* A handler may unregister descriptors that are still in the list: look each one up again. */
		int fd = set->ready[i].data.fd;
		struct entry entry = set->entries[fd];

		if (entry.handler == NULL)
			continue;
		entry.handler(fd, (int)set->ready[i].events, entry.arg);
		called++;
	}
	return called;
}

int tc_iobroker_count(const void *set)
{
	return set == NULL ? 0 : ((const struct iobroker *)set)->count;
}
