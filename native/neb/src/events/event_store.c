/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "event_store.h"

#include <stdalign.h>
#include <string.h>

#define ALIGNED(bytes) (((bytes) + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1))
#define HEAD_BYTES ALIGNED(sizeof(struct mgm_event_block))

static void release(struct mgm_event_store *store, struct mgm_event_block *block)
{
	block->live--;
	if (block->live == 1 && block == store->current)
		block->used = HEAD_BYTES;
	if (block->live > 0)
		return;
	if (block->bytes == MGM_BLOCK_BYTES)
		mgm_spare_give(&store->spare, block);
	else
		mgm_pages_free(block, block->bytes);
}

static struct mgm_event_block *begin(struct mgm_event_store *store, struct mgm_event_block *block, size_t bytes)
{
	if (block != NULL)
		*block = (struct mgm_event_block){ store, bytes, HEAD_BYTES, 1 };
	return block;
}

static void *piece_of(struct mgm_event_block *block, size_t bytes)
{
	void *piece = (uint8_t *)block + block->used;

	block->used += bytes;
	block->live++;
	return piece;
}

static void *large_piece(struct mgm_event_store *store, size_t bytes, struct mgm_event_block **block)
{
	/* Not the size of a block by accident. */
	size_t all = HEAD_BYTES + bytes + (HEAD_BYTES + bytes == MGM_BLOCK_BYTES);

	*block = begin(store, mgm_pages_new(all), all);
	if (*block == NULL)
		return NULL;
	(*block)->live = 0;
	return piece_of(*block, bytes);
}

static void *small_piece(struct mgm_event_store *store, size_t bytes, struct mgm_event_block **block)
{
	if (store->current != NULL && MGM_BLOCK_BYTES - store->current->used < bytes) {
		release(store, store->current);
		store->current = NULL;
	}
	if (store->current == NULL)
		store->current = begin(store, mgm_spare_take(&store->spare), MGM_BLOCK_BYTES);
	*block = store->current;
	return *block != NULL ? piece_of(*block, bytes) : NULL;
}

void *mgm_event_store_new(struct mgm_event_store *store, size_t bytes, struct mgm_event_block **block)
{
	void *piece;

	if (store->busy)
		return NULL;
	store->busy = 1;
	bytes = ALIGNED(bytes);
	piece = bytes > MGM_EVENT_STORE_LARGE ? large_piece(store, bytes, block) : small_piece(store, bytes, block);
	store->busy = 0;
	return piece;
}

void mgm_event_store_free(struct mgm_event_block *block)
{
	struct mgm_event_store *store = block->store;

	store->busy = 1;
	release(store, block);
	store->busy = 0;
}

void mgm_event_store_end(struct mgm_event_store *store)
{
	mgm_pages_free(store->current, MGM_BLOCK_BYTES);
	store->current = NULL;
	mgm_spare_free(&store->spare);
}
