/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Layout tables in memory of their own: read from a file, or made from a known one. */
#ifndef MGM_LAYOUT_ROW_H
#define MGM_LAYOUT_ROW_H

#include "abi.h"

/** Longest id and longest list of versions, terminator included. */
#define MGM_LAYOUT_ID_BYTES 64
#define MGM_LAYOUT_VERSIONS_BYTES 512

struct mgm_layout_row {
	struct mgm_abi abi; /* points into this struct */
	char id[MGM_LAYOUT_ID_BYTES];
	char versions[MGM_LAYOUT_VERSIONS_BYTES];
	uint16_t offset[MGM_FIELD_COUNT];
	uint16_t size[MGM_SIZE_COUNT];
	int32_t constant[MGM_CONST_COUNT];
	uint8_t type[MGM_FIELD_COUNT];
	struct mgm_layout_row *next;
};

/** @return a copy to be freed with mgm_layout_rows_free(), of no version; NULL without memory */
struct mgm_layout_row *mgm_layout_row_copy(const struct mgm_abi *abi);

/**
 * A copy for a core with another number of macro slots: members of nagios_macros behind the slots move with it.
 *
 * @return NULL if the number is not possible, or without memory
 */
struct mgm_layout_row *mgm_layout_row_with_slots(const struct mgm_abi *abi, int32_t slots);

void mgm_layout_rows_free(struct mgm_layout_row *first);

#endif
