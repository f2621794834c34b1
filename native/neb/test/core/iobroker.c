/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Broker set: one registration per descriptor, write readiness through a duplicate, safe unregistering. */
#include "../../testcore/iobroker.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../testcore/exports.h"
#include "tap.h"

struct seen {
	void *set;
	int calls, fd, events;
	int other; /* descriptor to unregister from inside the handler, -1: none */
};

static int note(int fd, int events, void *arg)
{
	struct seen *seen = arg;

	seen->calls++;
	seen->fd = fd;
	seen->events = events;
	if (seen->other >= 0)
		iobroker_unregister(seen->set, seen->other);
	return 0;
}

static void test_register(void *set, int *pair)
{
	struct seen seen = { .set = set, .other = -1 };

	is_int(iobroker_register(NULL, pair[0], NULL, note), -1, "no set");
	is_int(iobroker_register(set, -1, NULL, note), -22, "no descriptor");
	is_int(iobroker_register(set, 100000, NULL, note), -22, "a descriptor beyond the set");
	is_int(iobroker_register(set, pair[0], &seen, note), 0, "registered");
	is_int(iobroker_register(set, pair[0], &seen, note), -114, "a second time is EALREADY");
	is_int(iobroker_register_out(set, pair[0], &seen, note), -114, "also for writing");
	is_int(iobroker_is_registered(set, pair[0]), 1, "is registered");
	is_int(iobroker_is_registered(set, pair[1]), 0, "the other end is not");
	is_int(tc_iobroker_poll(set, 0), 0, "nothing to read");
	ok(write(pair[1], "x", 1) == 1, "one byte sent");
	is_int(tc_iobroker_poll(set, 1000), 1, "one handler called");
	ok(seen.fd == pair[0] && (seen.events & EPOLLIN), "with its descriptor and EPOLLIN");
	is_int(tc_iobroker_poll(set, 0), 1, "level triggered: unread input comes again");
	is_int(iobroker_unregister(set, pair[0]), 0, "unregistered");
	is_int(iobroker_unregister(set, pair[0]), -22, "a second time is EINVAL");
	is_int(tc_iobroker_poll(set, 0), 0, "no call for an unregistered descriptor");
	is_int(iobroker_register(set, pair[0], &seen, note), 0, "registered again");
	is_int(tc_iobroker_poll(set, 0), 1, "the waiting byte is seen again");
	iobroker_unregister(set, pair[0]);
}

static void test_out(void *set, int *pair)
{
	struct seen in = { .set = set, .other = -1 }, out = { .set = set, .other = -1 };
	int copy = dup(pair[0]);
	char byte;

	ok(read(pair[0], &byte, 1) == 1, "input drained");
	iobroker_register(set, pair[0], &in, note);
	is_int(iobroker_register_out(set, copy, &out, note), 0, "a duplicate can wait for writing");
	tc_iobroker_poll(set, 0);
	ok(out.calls == 1 && (out.events & EPOLLOUT) && in.calls == 0, "only the duplicate is called, with EPOLLOUT");
	iobroker_close(set, copy);
	ok(fcntl(copy, F_GETFD) == -1 && errno == EBADF, "iobroker_close closes");
	is_int(tc_iobroker_poll(set, 0), 0, "no more calls for it");
	iobroker_unregister(set, pair[0]);
}

static void test_unregister_inside(void *set)
{
	struct seen first = { .set = set }, second = { .set = set };
	int a[2], b[2];

	ok(pipe(a) == 0 && pipe(b) == 0 && write(a[1], "x", 1) == 1 && write(b[1], "x", 1) == 1, "two ready pipes");
	first.other = b[0];
	second.other = a[0];
	iobroker_register(set, a[0], &first, note);
	iobroker_register(set, b[0], &second, note);
	is_int(tc_iobroker_poll(set, 0), 1, "a handler that unregisters the other one keeps it from being called");
	is_int(first.calls + second.calls, 1, "in the same turn");
	is_int(tc_iobroker_count(set), 1, "one is left");
	tc_iobroker_destroy(set, true);
	ok((fcntl(a[0], F_GETFD) == -1) != (fcntl(b[0], F_GETFD) == -1), "destroying closes only what is registered");
	close(a[1]);
	close(b[1]);
	close(first.calls == 1 ? b[0] : a[0]);
}

int main(void)
{
	void *set = tc_iobroker_create();
	int pair[2];

	if (set == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return 1;
	test_register(set, pair);
	test_out(set, pair);
	test_unregister_inside(set);
	close(pair[0]);
	close(pair[1]);
	return tap_end();
}
