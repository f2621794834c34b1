/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Checks that were due while the bridge was away, oldest first. A core plans a check that was held for its next interval, which
 * may be a day. Pure. Objects stay where they are until a reload.
 */
#ifndef MGM_HELD_H
#define MGM_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The last ones are remembered: 5,000 a second for 52 s. The others have waited for most of their interval already. */
#define MGM_HELD_MAX 262144u

struct mgm_held_check {
	void *object;
	bool is_service;
	bool is_forced;
};

/** Zero it to start. */
struct mgm_held {
	uintptr_t *entry; /* 2 MiB, of which only used pages cost something; NULL while there are none */
	size_t first;
	size_t count;
	uint64_t forgotten; /* pushed out by later ones */
	int64_t since_ms;   /* when the first one came */
};

/** Without memory the check is not remembered. */
void mgm_held_add(struct mgm_held *held, struct mgm_held_check check, int64_t now_ms);
/** The oldest one is removed. There must be one. */
struct mgm_held_check mgm_held_take(struct mgm_held *held);
/** Forget everything. */
void mgm_held_free(struct mgm_held *held);

#endif
