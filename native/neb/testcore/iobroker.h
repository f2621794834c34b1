/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What only the test core itself does with a broker set; modules see the iobroker_* names of exports.h. */
#ifndef TC_IOBROKER_H
#define TC_IOBROKER_H

#include <stdbool.h>

/** Answers of iobroker_*, with the values of the real one. */
enum {
	TC_IOB_OK = 0,
	TC_IOB_NO_SET = -1,
	TC_IOB_NOT_READY = -2,
	TC_IOB_SYSTEM = -3,
	TC_IOB_ALREADY = -114, /* -EALREADY */
	TC_IOB_INVALID = -22   /* -EINVAL */
};

/** @return a new set with a close-on-exec epoll descriptor, NULL with errno set */
void *tc_iobroker_create(void);

/** Forget every descriptor, close them too if asked, free the set. NULL is allowed. */
void tc_iobroker_destroy(void *set, bool close_descriptors);

/**
 * Wait up to `timeout_ms` (-1: without limit) and call the handlers of the ready descriptors.
 *
 * @return handlers called, TC_IOB_SYSTEM with errno set (EINTR after a signal)
 */
int tc_iobroker_poll(void *set, int timeout_ms);

/** @return descriptors in the set */
int tc_iobroker_count(const void *set);

#endif
