/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Memory straight from the kernel. Blocks of more than a few hundred bytes do not come from malloc(): in the heap of a core
 * with a million objects one such call may first join all small free pieces, which takes milliseconds, and calloc()
 * clears a large table as a whole.
 */
#ifndef MGM_PAGES_H
#define MGM_PAGES_H

#include <stddef.h>

/** Of a block. */
#define MGM_BLOCK_BYTES 65536u

/** @return zeroed memory, each page of which costs something only when it is first used; NULL if there is none */
void *mgm_pages_new(size_t bytes);
/** @return the same content with more bytes, maybe elsewhere; nothing is copied. NULL, and the old ones as they were, without memory */
void *mgm_pages_grow(void *pages, size_t bytes, size_t more);
/** A part of what was allocated may be freed alone, if it starts and ends between pages. */
void mgm_pages_free(void *pages, size_t bytes);

/** Blocks of one owner that wait to be used again; at most MGM_SPARE_MAX, further ones go back to the kernel. Zero it to start. */
struct mgm_spare {
	void *first;
	unsigned int count;
};

#define MGM_SPARE_MAX 2u

/** @return MGM_BLOCK_BYTES bytes of any content, or NULL */
void *mgm_spare_take(struct mgm_spare *spare);
void mgm_spare_give(struct mgm_spare *spare, void *block);
void mgm_spare_free(struct mgm_spare *spare);

#endif
