/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dedupe_text.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

#define RECORD_BYTES (MGM_RESULT_ID_BYTES + sizeof(uint32_t))

static void put_second(uint8_t *bytes, uint32_t second)
{
	for (int at = 3; at >= 0; at--, second >>= 8)
		bytes[at] = (uint8_t)second;
}

static uint32_t second_of(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void mgm_dedupe_print(const struct mgm_dedupe *dedupe, uint32_t most, char *text)
{
	uint32_t count = most < dedupe->used ? most : dedupe->used;

	for (uint32_t i = count; i > 0; i--) {
		uint32_t slot = (dedupe->oldest + MGM_DEDUPE_IDS - i) % MGM_DEDUPE_IDS;
		uint8_t record[RECORD_BYTES];

		memcpy(record, dedupe->id[slot], MGM_RESULT_ID_BYTES);
		put_second(record + MGM_RESULT_ID_BYTES, dedupe->second[slot]);
		for (size_t at = 0; at < RECORD_BYTES; at++) {
			*text++ = digits[record[at] >> 4];
			*text++ = digits[record[at] & 15];
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
	uint8_t record[RECORD_BYTES];

	for (;;) {
		uint32_t second;

		for (size_t at = 0; at < RECORD_BYTES; at++, text += 2) {
			int high = value_of(text[0]), low = high >= 0 ? value_of(text[1]) : -1;

			if (low < 0)
				return;
			record[at] = (uint8_t)(high << 4 | low);
		}
		second = second_of(record + MGM_RESULT_ID_BYTES);
		if (!mgm_dedupe_seen(dedupe, record, second))
			mgm_dedupe_add(dedupe, record, second);
	}
}
