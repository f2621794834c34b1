/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Far more than any core has; the stand-ins of the proof hold 8192 bytes. */
#define MAX_SLOTS 900

struct mgm_layout_row *mgm_layout_row_copy(const struct mgm_abi *abi)
{
	struct mgm_layout_row *row = calloc(1, sizeof(*row));

	if (row == NULL)
		return NULL;
	memcpy(row->offset, abi->offset, sizeof(row->offset));
	memcpy(row->size, abi->size, sizeof(row->size));
	memcpy(row->constant, abi->constant, sizeof(row->constant));
	memcpy(row->type, abi->type, sizeof(row->type));
	snprintf(row->id, sizeof(row->id), "%s", abi->id);
	row->abi = *abi;
	row->abi.id = row->id;
	row->abi.versions = row->versions;
	row->abi.offset = row->offset;
	row->abi.size = row->size;
	row->abi.constant = row->constant;
	row->abi.type = row->type;
	return row;
}

struct mgm_layout_row *mgm_layout_row_with_slots(const struct mgm_abi *abi, int32_t slots)
{
	int32_t more = slots - abi->constant[MGM_C_MACRO_X_COUNT];
	int32_t bytes = more * (int32_t)sizeof(void *);
	uint16_t first = abi->offset[MGM_F_NAGIOS_MACROS_X];
	struct mgm_layout_row *row;

	/* Indices of macros that are set lie below the smallest number measured. */
	if (slots <= abi->constant[MGM_C_MACRO_NOTIFICATIONISESCALATED] || slots > MAX_SLOTS)
		return NULL;
	row = mgm_layout_row_copy(abi);
	if (row == NULL)
		return NULL;
	for (enum mgm_field field = 0; field < MGM_FIELD_COUNT; field++)
		if (mgm_field_infos[field].owner == MGM_S_NAGIOS_MACROS && mgm_has(abi, field) && abi->offset[field] > first)
			row->offset[field] = (uint16_t)(abi->offset[field] + bytes);
	row->size[MGM_S_NAGIOS_MACROS] = (uint16_t)(abi->size[MGM_S_NAGIOS_MACROS] + bytes);
	row->constant[MGM_C_MACRO_X_COUNT] = slots;
	snprintf(row->id, sizeof(row->id), "%.40s+macros=%d", abi->id, (int)slots);
	return row;
}

void mgm_layout_rows_free(struct mgm_layout_row *first)
{
	while (first != NULL) {
		struct mgm_layout_row *next = first->next;

		free(first);
		first = next;
	}
}
