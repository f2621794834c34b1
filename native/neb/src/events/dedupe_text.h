/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Ids of results and their seconds as a text, which outlives a reload. Pure. */
#ifndef MGM_DEDUPE_TEXT_H
#define MGM_DEDUPE_TEXT_H

#include <stddef.h>

#include "dedupe.h"

/** Bytes of a text of so many ids, with its end. */
#define MGM_DEDUPE_TEXT_BYTES(ids) ((size_t)(ids) * (2 * (MGM_RESULT_ID_BYTES + sizeof(uint32_t))) + 1)

/**
 * The newest ids, the oldest of them first, each with its second behind it, in hexadecimal.
 *
 * @param[out] text of MGM_DEDUPE_TEXT_BYTES(most) bytes
 */
void mgm_dedupe_print(const struct mgm_dedupe *dedupe, uint32_t most, char *text);
/** Adds the ids of a text, up to the first thing that is none. */
void mgm_dedupe_read(struct mgm_dedupe *dedupe, const char *text);

#endif
