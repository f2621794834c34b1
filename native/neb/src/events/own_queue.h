/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Results that the shim itself made and the core has not taken yet. First in, first out; bounded. Pure. */
#ifndef MGM_OWN_QUEUE_H
#define MGM_OWN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Results that may wait. */
#define MGM_OWN_QUEUE_MAX 20000u

struct mgm_own_result {
	struct mgm_own_result *next;
	char *host;
	char *service; /* NULL for a host */
	char *output;
	int return_code;
	int64_t seconds; /* since 1970, start and end */
};

/** Zeroed it is empty. */
struct mgm_own_queue {
	struct mgm_own_result *first;
	struct mgm_own_result *last;
	size_t count;
};

/**
 * Texts are copied.
 *
 * @param service NULL for a host
 * @return false, and nothing added, when it is full or there is no memory
 */
bool mgm_own_queue_add(struct mgm_own_queue *queue, const char *host, const char *service, const char *output,
                       int return_code, int64_t seconds);
/** @return the oldest, to be freed with its texts; NULL: none */
struct mgm_own_result *mgm_own_queue_take(struct mgm_own_queue *queue);
void mgm_own_queue_free(struct mgm_own_queue *queue);

#endif
