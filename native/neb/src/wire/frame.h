/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Codec of the bridge protocol (docs/bridge-protocol.md, golden bytes in vectors/bridge-protocol.json). Pure: no
 * core, no socket, no log. The TypeScript side has the same tables in apps/neb-bridge/src/link/fields.ts.
 */
#ifndef MGM_FRAME_H
#define MGM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

enum mgm_frame_rc {
	MGM_FRAME_OK,
	MGM_FRAME_MORE,      /* not all bytes there yet */
	MGM_FRAME_TOO_LARGE, /* the rest cannot be resynchronised: close the connection */
	MGM_FRAME_BAD_HEADER,
	MGM_FRAME_BAD_FIELD,
	MGM_FRAME_TOO_MANY_FIELDS,
	MGM_FRAME_MISSING_FIELD
};

/** Bytes inside the decoded buffer; `data` is NULL when the field is absent. Not terminated. */
struct mgm_bytes {
	const uint8_t *data;
	uint32_t size;
};

/** One decoded message; points into the caller's buffer and is valid as long as that is. */
struct mgm_message {
	uint8_t type;
	bool known; /* false: a type of a newer peer, fields not looked at */
	uint32_t unknown_fields;
	struct mgm_bytes body;
	struct mgm_bytes field[MGM_ID_COUNT]; /* scalars, last one wins; lists: see mgm_msg_next() */
};

/** @return kind of a field, MGM_KIND_NONE for an unknown id */
enum mgm_kind mgm_field_kind(uint32_t id);
/** @return name as in the document, or NULL */
const char *mgm_field_name(uint32_t id);
/** @return "RESULT" and so on, or NULL for a type we do not know */
const char *mgm_msg_name(uint8_t type);
/** @return code of the error, e.g. "BAD_FIELD" */
const char *mgm_frame_error(enum mgm_frame_rc rc);

/**
 * Decode the frame at the start of `data`.
 *
 * @param[out] message filled for MGM_FRAME_OK only
 * @param[out] used bytes of the frame for MGM_FRAME_OK, else 0
 */
enum mgm_frame_rc mgm_frame_decode(const uint8_t *data, size_t size, struct mgm_message *message, size_t *used);
/** @return bytes that the frame at the start of `data` still lacks; 0 if its length is not known yet or it is whole */
size_t mgm_frame_missing(const uint8_t *data, size_t size);

/** Value of a u32 or i64 field, or `fallback` when absent. */
uint32_t mgm_msg_u32(const struct mgm_message *message, enum mgm_id id, uint32_t fallback);
int64_t mgm_msg_i64(const struct mgm_message *message, enum mgm_id id, int64_t fallback);
/** Copy with a terminator, to be freed; NULL when absent or without memory. */
char *mgm_msg_text(const struct mgm_message *message, enum mgm_id id);
/**
 * Walk the members of a list field in order.
 *
 * @param[in,out] cursor 0 to start
 * @return false after the last one
 */
bool mgm_msg_next(const struct mgm_message *message, enum mgm_id id, size_t *cursor, struct mgm_bytes *member);

/** A frame being built. Zero it to start; free with mgm_frame_free(). */
struct mgm_frame {
	uint8_t *data;
	size_t size;
	size_t capacity;
	bool failed; /* no memory, or larger than the cap */
};

void mgm_frame_begin(struct mgm_frame *frame, enum mgm_msg_type type);
void mgm_frame_u32(struct mgm_frame *frame, enum mgm_id id, uint32_t value);
void mgm_frame_i64(struct mgm_frame *frame, enum mgm_id id, int64_t value);
void mgm_frame_bytes(struct mgm_frame *frame, enum mgm_id id, const void *data, size_t size);
/** NULL leaves the field out. */
void mgm_frame_text(struct mgm_frame *frame, enum mgm_id id, const char *text);
/**
 * Add bytes to the last field.
 *
 * @param start size of the frame before that field
 */
void mgm_frame_more(struct mgm_frame *frame, size_t start, const void *data, size_t size);
/** Take back everything that was added after the frame had this size. */
void mgm_frame_cut(struct mgm_frame *frame, size_t size);
/** Writes the length. @return false when the frame could not be built; it must not be sent then */
bool mgm_frame_end(struct mgm_frame *frame);
/** Renumber a finished event frame, whose first field must be `seq`. */
void mgm_frame_set_seq(uint8_t *frame, int64_t seq);
void mgm_frame_free(struct mgm_frame *frame);

#endif
