/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dedupe_text.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

void mgm_dedupe_print(const struct mgm_dedupe *dedupe, uint32_t most, char *text)
{
	uint32_t count = most < dedupe->used ? most : dedupe->used;

	for (uint32_t i = count; i > 0; i--) {
		const uint8_t *id = dedupe->id[(dedupe->oldest + MGM_DEDUPE_IDS - i) % MGM_DEDUPE_IDS];

		for (size_t at = 0; at < MGM_RESULT_ID_BYTES; at++) {
			*text++ = digits[id[at] >> 4];
			*text++ = digits[id[at] & 15];
		}
	}
	*text = '\0';
}

/* @return the value of a digit, or -1 */
static int value_of(char digit)
{
	const char *found = digit != '\0' ? strchr(digits, digit) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

void mgm_dedupe_read(struct mgm_dedupe *dedupe, const char *text)
{
	uint8_t id[MGM_RESULT_ID_BYTES];

	for (;;) {
		for (size_t at = 0; at < MGM_RESULT_ID_BYTES; at++, text += 2) {
			int high = value_of(text[0]), low = high >= 0 ? value_of(text[1]) : -1;

			if (low < 0)
				return;
			id[at] = (uint8_t)(high << 4 | low);
		}
		if (!mgm_dedupe_seen(dedupe, id))
			mgm_dedupe_add(dedupe, id);
	}
}
