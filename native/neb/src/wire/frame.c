/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frame.h"

#include <stdlib.h>
#include <string.h>

#include "frame_tables.h"

#define FIELD_HEADER_BYTES MGM_FRAME_FIELD_HEADER_BYTES

static uint32_t read_u16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t read_u32(const uint8_t *at)
{
	return read_u16(at) << 16 | read_u16(at + 2);
}

static uint64_t read_u64(const uint8_t *at)
{
	return (uint64_t)read_u32(at) << 32 | read_u32(at + 4);
}

static void write_uint(uint8_t *at, uint64_t value, size_t bytes)
{
	for (size_t i = bytes; i-- > 0; value >>= 8)
		at[i] = (uint8_t)value;
}

enum mgm_kind mgm_field_kind(uint32_t id)
{
	return id < MGM_ID_COUNT ? mgm_field_rows[id].kind : MGM_KIND_NONE;
}

const char *mgm_field_name(uint32_t id)
{
	return id < MGM_ID_COUNT ? mgm_field_rows[id].name : NULL;
}

const char *mgm_msg_name(uint8_t type)
{
	return type <= MGM_MSG_CHECK_LOST ? mgm_msg_rows[type].name : NULL;
}

const char *mgm_frame_error(enum mgm_frame_rc rc)
{
	static const char *const names[] = { "OK",        "INCOMPLETE",      "BODY_TOO_LARGE", "BAD_HEADER",
		                                 "BAD_FIELD", "TOO_MANY_FIELDS", "MISSING_FIELD" };

	return names[rc];
}

/* 0 where any length will do. */
static uint32_t fixed_bytes(enum mgm_kind kind)
{
	switch (kind) {
	case MGM_KIND_U32: return 4;
	case MGM_KIND_I64: return 8;
	case MGM_KIND_ID16: return MGM_RESULT_ID_BYTES;
	default: return 0;
	}
}

/* One field at `*at`; false when it does not fit the body. */
static bool next_field(const struct mgm_bytes *body, size_t *at, uint32_t *id, struct mgm_bytes *value)
{
	size_t left = body->size - *at;

	if (left < FIELD_HEADER_BYTES)
		return false;
	*id = read_u16(body->data + *at);
	value->size = read_u32(body->data + *at + 2);
	value->data = body->data + *at + FIELD_HEADER_BYTES;
	if (value->size > left - FIELD_HEADER_BYTES)
		return false;
	*at += FIELD_HEADER_BYTES + value->size;
	return true;
}

static enum mgm_frame_rc decode_body(struct mgm_message *message)
{
	const uint8_t *needs = mgm_msg_rows[message->type].needs;
	size_t fields = 0;

	for (size_t at = 0; at < message->body.size;) {
		struct mgm_bytes value;
		enum mgm_kind kind;
		uint32_t id, fixed;

		/* A body may be two million fields of nothing, which take the core's thread tens of milliseconds. */
		if (++fields > MGM_FRAME_MAX_FIELDS)
			return MGM_FRAME_TOO_MANY_FIELDS;

		if (!next_field(&message->body, &at, &id, &value))
			return MGM_FRAME_BAD_FIELD;
		kind = mgm_field_kind(id);
		if (kind == MGM_KIND_NONE) {
			message->unknown_fields++;
			continue;
		}
		fixed = fixed_bytes(kind);
		if (fixed != 0 && fixed != value.size)
			return MGM_FRAME_BAD_FIELD;
		message->field[id] = value;
	}
	for (; *needs != 0; needs++)
		if (message->field[*needs].data == NULL)
			return MGM_FRAME_MISSING_FIELD;
	return MGM_FRAME_OK;
}

enum mgm_frame_rc mgm_frame_decode(const uint8_t *data, size_t size, struct mgm_message *message, size_t *used)
{
	enum mgm_frame_rc rc = MGM_FRAME_OK;
	uint32_t body;

	*used = 0;
	if (size < MGM_FRAME_HEADER_BYTES)
		return MGM_FRAME_MORE;
	body = read_u32(data);
	if (body > MGM_FRAME_MAX_BODY)
		return MGM_FRAME_TOO_LARGE;
	if (data[5] != 0 || data[6] != 0 || data[7] != 0)
		return MGM_FRAME_BAD_HEADER;
	if (size - MGM_FRAME_HEADER_BYTES < body)
		return MGM_FRAME_MORE;
	memset(message, 0, sizeof(*message));
	message->type = data[4];
	message->known = mgm_msg_name(message->type) != NULL;
	message->body.data = data + MGM_FRAME_HEADER_BYTES;
	message->body.size = body;
	if (message->known)
		rc = decode_body(message);
	if (rc == MGM_FRAME_OK)
		*used = MGM_FRAME_HEADER_BYTES + body;
	return rc;
}

size_t mgm_frame_missing(const uint8_t *data, size_t size)
{
	uint32_t body = size >= MGM_FRAME_HEADER_BYTES ? read_u32(data) : 0;
	size_t whole = MGM_FRAME_HEADER_BYTES + body;

	return body <= MGM_FRAME_MAX_BODY && whole > size && size >= MGM_FRAME_HEADER_BYTES ? whole - size : 0;
}

uint32_t mgm_msg_u32(const struct mgm_message *message, enum mgm_id id, uint32_t fallback)
{
	const uint8_t *data = message->field[id].data;

	return data != NULL ? read_u32(data) : fallback;
}

int64_t mgm_msg_i64(const struct mgm_message *message, enum mgm_id id, int64_t fallback)
{
	const uint8_t *data = message->field[id].data;

	return data != NULL ? (int64_t)read_u64(data) : fallback;
}

char *mgm_msg_text(const struct mgm_message *message, enum mgm_id id)
{
	const struct mgm_bytes *value = &message->field[id];

	return value->data != NULL ? strndup((const char *)value->data, value->size) : NULL;
}

bool mgm_msg_next(const struct mgm_message *message, enum mgm_id id, size_t *cursor, struct mgm_bytes *member)
{
	uint32_t found;

	while (*cursor < message->body.size && next_field(&message->body, cursor, &found, member))
		if (found == (uint32_t)id)
			return true;
	return false;
}

/* @return space for `more` bytes, or NULL */
static uint8_t *grow(struct mgm_frame *frame, size_t more)
{
	size_t need = frame->size + more;
	size_t capacity = frame->capacity != 0 ? frame->capacity : 512;
	uint8_t *data;

	if (frame->failed || more > MGM_FRAME_MAX_BODY || need > MGM_FRAME_HEADER_BYTES + MGM_FRAME_MAX_BODY) {
		frame->failed = true;
		return NULL;
	}
	while (capacity < need)
		capacity *= 2;
	if (capacity != frame->capacity) {
		data = realloc(frame->data, capacity);
		if (data == NULL) {
			frame->failed = true;
			return NULL;
		}
		frame->data = data;
		frame->capacity = capacity;
	}
	data = frame->data + frame->size;
	frame->size = need;
	return data;
}

void mgm_frame_begin(struct mgm_frame *frame, enum mgm_msg_type type)
{
	uint8_t *at;

	frame->size = 0;
	frame->failed = false;
	at = grow(frame, MGM_FRAME_HEADER_BYTES);
	if (at == NULL)
		return;
	memset(at, 0, MGM_FRAME_HEADER_BYTES);
	at[4] = (uint8_t)type;
}

/* Field header and space for the value. */
static uint8_t *add_field(struct mgm_frame *frame, enum mgm_id id, size_t size)
{
	uint8_t *at = size <= MGM_FRAME_MAX_BODY ? grow(frame, FIELD_HEADER_BYTES + size) : NULL;

	if (at == NULL) {
		frame->failed = true;
		return NULL;
	}
	write_uint(at, (uint64_t)id, 2);
	write_uint(at + 2, size, 4);
	return at + FIELD_HEADER_BYTES;
}

void mgm_frame_u32(struct mgm_frame *frame, enum mgm_id id, uint32_t value)
{
	uint8_t *at = add_field(frame, id, 4);

	if (at != NULL)
		write_uint(at, value, 4);
}

void mgm_frame_i64(struct mgm_frame *frame, enum mgm_id id, int64_t value)
{
	uint8_t *at = add_field(frame, id, 8);

	if (at != NULL)
		write_uint(at, (uint64_t)value, 8);
}

void mgm_frame_bytes(struct mgm_frame *frame, enum mgm_id id, const void *data, size_t size)
{
	uint8_t *at = add_field(frame, id, size);

	if (at != NULL && size > 0)
		memcpy(at, data, size);
}

void mgm_frame_text(struct mgm_frame *frame, enum mgm_id id, const char *text)
{
	if (text != NULL)
		mgm_frame_bytes(frame, id, text, strlen(text));
}

void mgm_frame_more(struct mgm_frame *frame, size_t start, const void *data, size_t size)
{
	uint8_t *at = grow(frame, size);

	if (at == NULL)
		return;
	memcpy(at, data, size);
	write_uint(frame->data + start + 2, frame->size - start - FIELD_HEADER_BYTES, 4);
}

void mgm_frame_cut(struct mgm_frame *frame, size_t size)
{
	if (frame->size > size)
		frame->size = size;
}

bool mgm_frame_end(struct mgm_frame *frame)
{
	if (frame->failed || frame->size < MGM_FRAME_HEADER_BYTES)
		return false;
	write_uint(frame->data, frame->size - MGM_FRAME_HEADER_BYTES, 4);
	return true;
}

void mgm_frame_set_seq(uint8_t *frame, int64_t seq)
{
	write_uint(frame + MGM_FRAME_HEADER_BYTES + FIELD_HEADER_BYTES, (uint64_t)seq, 8);
}

void mgm_frame_free(struct mgm_frame *frame)
{
	free(frame->data);
	memset(frame, 0, sizeof(*frame));
}
