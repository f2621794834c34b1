/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Hash of the address of an object of the core, for tables of a power of two. Pure. */
#ifndef MGM_ADDRESS_H
#define MGM_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

/* Objects come from malloc: the low four bits are always 0. */
static inline size_t mgm_address_slot(const void *address, size_t capacity)
{
	uint64_t bits = (uint64_t)(uintptr_t)address >> 4;

	return (size_t)((bits * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (capacity - 1);
}

#endif
