/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Bounded byte queue in blocks of one size: what waits in it is never copied or moved, so adding a message takes the same
 * time however much waits. Append at the end, consume at the start.
 */
#ifndef MGM_CHAIN_H
#define MGM_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "pages.h"

struct mgm_chain_block {
	struct mgm_chain_block *next;
	uint32_t start, end; /* of the unread bytes */
	uint8_t data[];
};

/** Bytes that a block holds. */
#define MGM_CHAIN_BLOCK (MGM_BLOCK_BYTES - sizeof(struct mgm_chain_block))

struct mgm_chain {
	struct mgm_chain_block *first, *last;
	struct mgm_spare spare;
	size_t size;  /* unread bytes */
	size_t limit; /* most of them, set by mgm_chain_init() */
};

void mgm_chain_init(struct mgm_chain *chain, size_t limit);
/** Drop the content and the memory; the limit stays. */
void mgm_chain_clear(struct mgm_chain *chain);
/** @return false, with nothing appended, when it would exceed the limit or there is no memory */
bool mgm_chain_append(struct mgm_chain *chain, const void *data, size_t size);
/** The first unread bytes, as for writev(). @return how many of `parts` are filled, at most `max` */
size_t mgm_chain_parts(const struct mgm_chain *chain, struct iovec *parts, size_t max);
/** @param size at most the unread bytes */
void mgm_chain_consume(struct mgm_chain *chain, size_t size);

#endif
