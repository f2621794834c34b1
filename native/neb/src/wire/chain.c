/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chain.h"

#include <string.h>

_Static_assert(MGM_BLOCK_BYTES <= UINT32_MAX, "places in a block fit");

void mgm_chain_init(struct mgm_chain *chain, size_t limit)
{
	memset(chain, 0, sizeof(*chain));
	chain->limit = limit;
}

static void give_all(struct mgm_chain *chain, struct mgm_chain_block *at)
{
	while (at != NULL) {
		struct mgm_chain_block *next = at->next;

		mgm_spare_give(&chain->spare, at);
		at = next;
	}
}

void mgm_chain_clear(struct mgm_chain *chain)
{
	give_all(chain, chain->first);
	mgm_spare_free(&chain->spare);
	mgm_chain_init(chain, chain->limit);
}

static size_t room(const struct mgm_chain *chain)
{
	return chain->last != NULL ? MGM_CHAIN_BLOCK - chain->last->end : 0;
}

/* Empty blocks at the end until `size` more bytes fit. @return the block to begin with; NULL, with none added, without memory */
static struct mgm_chain_block *extend(struct mgm_chain *chain, size_t size)
{
	struct mgm_chain_block *first = NULL, **link = &first;

	for (size_t fits = room(chain); fits < size; fits += MGM_CHAIN_BLOCK) {
		struct mgm_chain_block *block = mgm_spare_take(&chain->spare);

		if (block == NULL) {
			give_all(chain, first);
			return NULL;
		}
		block->next = NULL;
		block->start = block->end = 0;
		*link = block;
		link = &block->next;
	}
	if (first == NULL)
		return chain->last;
	if (chain->last == NULL)
		return chain->first = first;
	chain->last->next = first;
	return room(chain) > 0 ? chain->last : first;
}

bool mgm_chain_append(struct mgm_chain *chain, const void *data, size_t size)
{
	const uint8_t *at = data;
	struct mgm_chain_block *block;

	if (size > chain->limit - chain->size)
		return false;
	if (size == 0)
		return true;
	block = extend(chain, size);
	if (block == NULL)
		return false;
	chain->size += size;
	for (;;) {
		size_t part = MGM_CHAIN_BLOCK - block->end;

		part = part < size ? part : size;
		memcpy(block->data + block->end, at, part);
		block->end += (uint32_t)part;
		at += part;
		size -= part;
		if (size == 0)
			break;
		block = block->next;
	}
	chain->last = block;
	return true;
}

size_t mgm_chain_parts(const struct mgm_chain *chain, struct iovec *parts, size_t max)
{
	size_t count = 0;

	for (struct mgm_chain_block *at = chain->first; at != NULL && count < max; at = at->next)
		if (at->end > at->start)
			parts[count++] = (struct iovec){ at->data + at->start, at->end - at->start };
	return count;
}

void mgm_chain_consume(struct mgm_chain *chain, size_t size)
{
	chain->size -= size;
	while (size > 0) {
		struct mgm_chain_block *first = chain->first;
		size_t part = first->end - first->start;

		if (part > size) {
			first->start += (uint32_t)size;
			return;
		}
		size -= part;
		chain->first = first->next;
		if (chain->first == NULL)
			chain->last = NULL;
		mgm_spare_give(&chain->spare, first);
	}
}
