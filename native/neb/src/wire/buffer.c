/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "buffer.h"

#include <string.h>

#include "pages.h"

/* To begin with, and what an empty buffer may keep; more is given back after a long message. */
#define FIRST_BYTES 131072u

void mgm_buffer_init(struct mgm_buffer *buffer, size_t limit)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->limit = limit;
}

void mgm_buffer_clear(struct mgm_buffer *buffer)
{
	mgm_pages_free(buffer->data, buffer->capacity);
	mgm_buffer_init(buffer, buffer->limit);
}

const uint8_t *mgm_buffer_head(const struct mgm_buffer *buffer)
{
	return buffer->data != NULL ? buffer->data + buffer->head : NULL;
}

/* Make `more` bytes fit behind the unread ones: move them to the front, or get pages behind them. */
static bool reserve(struct mgm_buffer *buffer, size_t more)
{
	size_t need = buffer->size + more;
	size_t capacity = buffer->capacity != 0 ? buffer->capacity : FIRST_BYTES;
	uint8_t *data;

	if (buffer->head + need <= buffer->capacity)
		return true;
	/* Moving costs `size`; doing it only when half is free keeps the total linear. */
	if (need <= buffer->capacity && buffer->head >= buffer->size) {
		memmove(buffer->data, buffer->data + buffer->head, buffer->size);
		buffer->head = 0;
		return true;
	}
	while (capacity < buffer->head + need)
		capacity *= 2;
	data = buffer->data == NULL ? mgm_pages_new(capacity) : mgm_pages_grow(buffer->data, buffer->capacity, capacity);
	if (data == NULL)
		return false;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

bool mgm_buffer_append(struct mgm_buffer *buffer, const void *data, size_t size)
{
	if (size > buffer->limit - buffer->size || !reserve(buffer, size))
		return false;
	if (size > 0)
		memcpy(buffer->data + buffer->head + buffer->size, data, size);
	buffer->size += size;
	return true;
}

uint8_t *mgm_buffer_space(struct mgm_buffer *buffer, size_t *want)
{
	if (*want > buffer->limit - buffer->size)
		*want = buffer->limit - buffer->size;
	if (*want == 0 || !reserve(buffer, *want))
		return NULL;
	return buffer->data + buffer->head + buffer->size;
}

void mgm_buffer_filled(struct mgm_buffer *buffer, size_t size)
{
	buffer->size += size;
}

void mgm_buffer_consume(struct mgm_buffer *buffer, size_t size)
{
	buffer->head += size;
	buffer->size -= size;
	if (buffer->size > 0)
		return;
	buffer->head = 0;
	if (buffer->capacity > FIRST_BYTES)
		mgm_buffer_clear(buffer);
}
