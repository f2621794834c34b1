/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Field and message tables of docs/bridge-protocol.md; used by frame.c only. */
#ifndef MGM_FRAME_TABLES_H
#define MGM_FRAME_TABLES_H

#include <stdint.h>

#include "protocol.h"

struct mgm_field_row {
	const char *name; /* NULL: no such field */
	enum mgm_kind kind;
};

struct mgm_msg_row {
	const char *name;     /* NULL: no such message */
	const uint8_t *needs; /* ids that must be there, ended by 0 */
};

extern const struct mgm_field_row mgm_field_rows[MGM_ID_COUNT];
extern const struct mgm_msg_row mgm_msg_rows[MGM_MSG_CHECK_LOST + 1];

#endif
