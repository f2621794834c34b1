/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The text form of a layout table, printed by scripts/print-layout.sh on any machine with the core's headers. Pure. */
#ifndef MGM_LAYOUT_TEXT_H
#define MGM_LAYOUT_TEXT_H

#include <stddef.h>

#include "layout_row.h"

/** First line of the text. */
#define MGM_LAYOUT_HEAD "mod_gearman layout 1"

/**
 * Read a table (abi/README.md 5.1). Members, structs and constants of unknown name are skipped; everything that all
 * known tables of the family have must be there.
 *
 * @param text of `size` bytes; overwritten
 * @param[out] why one line without the file's name, after a failure
 * @return the table, to be freed with mgm_layout_rows_free(); NULL after a failure
 */
struct mgm_layout_row *mgm_layout_parse(char *text, size_t size, char *why, size_t why_size);

#endif
