/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pages.h"

#include <stdint.h>
#include <sys/mman.h>

void *mgm_pages_new(size_t bytes)
{
	void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return pages != MAP_FAILED ? pages : NULL;
}

void *mgm_pages_grow(void *pages, size_t bytes, size_t more)
{
	void *moved = mremap(pages, bytes, more, MREMAP_MAYMOVE);

	return moved != MAP_FAILED ? moved : NULL;
}

void mgm_pages_free(void *pages, size_t bytes)
{
	if (pages != NULL)
		munmap(pages, bytes);
}

/* A spare block begins with the address of the next one. */
void *mgm_spare_take(struct mgm_spare *spare)
{
	void **block = spare->first;

	if (block == NULL)
		return mgm_pages_new(MGM_BLOCK_BYTES);
	spare->first = *block;
	spare->count--;
	return block;
}

void mgm_spare_give(struct mgm_spare *spare, void *block)
{
	if (spare->count == MGM_SPARE_MAX) {
		mgm_pages_free(block, MGM_BLOCK_BYTES);
		return;
	}
	*(void **)block = spare->first;
	spare->first = block;
	spare->count++;
}

void mgm_spare_free(struct mgm_spare *spare)
{
	while (spare->count > 0)
		mgm_pages_free(mgm_spare_take(spare), MGM_BLOCK_BYTES);
}
