/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Bounded byte queue in one piece, for messages that are being received: append at the end, consume at the start. Grows without copying. */
#ifndef MGM_BUFFER_H
#define MGM_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mgm_buffer {
	uint8_t *data;
	size_t head; /* first unread byte */
	size_t size; /* unread bytes */
	size_t capacity;
	size_t limit; /* most unread bytes, set by mgm_buffer_init() */
};

void mgm_buffer_init(struct mgm_buffer *buffer, size_t limit);
/** Drop the content and the memory; the limit stays. */
void mgm_buffer_clear(struct mgm_buffer *buffer);
/** First unread byte; `size` of them are contiguous. NULL while nothing was ever written. */
const uint8_t *mgm_buffer_head(const struct mgm_buffer *buffer);
/** @return false, with nothing appended, when it would exceed the limit or there is no memory */
bool mgm_buffer_append(struct mgm_buffer *buffer, const void *data, size_t size);
/**
 * Space at the end for up to `want` bytes, to be filled and then announced with mgm_buffer_filled().
 *
 * @param[in,out] want bytes wanted; on return what the limit leaves
 * @return NULL when the limit is reached or there is no memory
 */
uint8_t *mgm_buffer_space(struct mgm_buffer *buffer, size_t *want);
void mgm_buffer_filled(struct mgm_buffer *buffer, size_t size);
/** @param size at most the unread bytes */
void mgm_buffer_consume(struct mgm_buffer *buffer, size_t size);

#endif
