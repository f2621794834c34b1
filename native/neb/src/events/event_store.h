/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Memory of events, which come and go in nearly the same order: one behind the other in blocks; a block is free when all events in
 * it are. Nothing of it comes from the heap of the core. Pure.
 */
#ifndef MGM_EVENT_STORE_H
#define MGM_EVENT_STORE_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/pages.h"

struct mgm_event_store;

struct mgm_event_block {
	struct mgm_event_store *store;
	size_t bytes; /* of all; not MGM_BLOCK_BYTES: of one large piece */
	size_t used;
	size_t live; /* pieces, and one for the store while it adds to this block */
};

/** Zero it to start. */
struct mgm_event_store {
	struct mgm_event_block *current; /* new pieces go there; or NULL */
	struct mgm_spare spare;
	volatile sig_atomic_t busy;
};

/** Larger pieces have pages of their own. */
#define MGM_EVENT_STORE_LARGE 8192u

/**
 * @param[out] block to be given to mgm_event_store_free() for this piece
 * @return aligned for any type; NULL without memory, and inside a signal handler that came during another call
 */
void *mgm_event_store_new(struct mgm_event_store *store, size_t bytes, struct mgm_event_block **block);
/** Give back one piece. */
void mgm_event_store_free(struct mgm_event_block *block);
/** All pieces have been given back: free what is kept for further ones. */
void mgm_event_store_end(struct mgm_event_store *store);

#endif
