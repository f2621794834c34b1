/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Codec against the golden bytes: whole, cut at every byte, re-encoded, and with random damage. */
#include "wire/frame.h"

#include <stdlib.h>
#include <string.h>

#include "wire/buffer.h"
#include "tap.h"

enum vector_outcome { VECTOR_FIELDS, VECTOR_SKIPPED, VECTOR_INCOMPLETE, VECTOR_ERROR };

struct vector_field {
	const char *name;
	int64_t number;
	const uint8_t *bytes;
	size_t size;
};

struct vector {
	const char *name;
	const uint8_t *bytes;
	size_t size;
	enum vector_outcome outcome;
	int type;
	const char *error;
	uint32_t unknown;
	bool canonical;
	const struct vector_field *fields;
	size_t field_count;
};

#include "bridge_vectors.h"

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static uint32_t id_of(const char *name)
{
	for (uint32_t id = 0; id < MGM_ID_COUNT; id++)
		if (mgm_field_name(id) != NULL && strcmp(mgm_field_name(id), name) == 0)
			return id;
	return 0;
}

/* The n-th member of a list; lists appear in the vectors as consecutive rows of one name. */
static bool same_member(const struct mgm_message *message, enum mgm_id id, size_t n, const struct vector_field *want)
{
	struct mgm_bytes member = { NULL, 0 };
	size_t cursor = 0;

	for (size_t i = 0; i <= n; i++)
		if (!mgm_msg_next(message, id, &cursor, &member))
			return false;
	return member.size == want->size && memcmp(member.data, want->bytes, want->size) == 0;
}

static bool same_field(const struct mgm_message *message, const struct vector *v, size_t row)
{
	const struct vector_field *want = &v->fields[row];
	uint32_t id = id_of(want->name);
	const struct mgm_bytes *got = &message->field[id];
	size_t n = 0;

	if (id == 0 || got->data == NULL)
		return false;
	switch (mgm_field_kind(id)) {
	case MGM_KIND_U32: return mgm_msg_u32(message, (enum mgm_id)id, 0) == (uint32_t)want->number;
	case MGM_KIND_I64: return mgm_msg_i64(message, (enum mgm_id)id, 0) == want->number;
	case MGM_KIND_LIST:
		while (row > n && strcmp(v->fields[row - n - 1].name, want->name) == 0)
			n++;
		return same_member(message, (enum mgm_id)id, n, want);
	default: return got->size == want->size && memcmp(got->data, want->bytes, want->size) == 0;
	}
}

/* A field that is known but means nothing in this message is harmless, so only canonical cases count them. */
static size_t present(const struct mgm_message *message)
{
	size_t count = 0;

	for (uint32_t id = 0; id < MGM_ID_COUNT; id++) {
		struct mgm_bytes member;
		size_t cursor = 0;

		if (mgm_field_kind(id) == MGM_KIND_LIST)
			while (mgm_msg_next(message, (enum mgm_id)id, &cursor, &member))
				count++;
		else
			count += message->field[id].data != NULL;
	}
	return count;
}

static void test_fields(const struct vector *v, const struct mgm_message *message)
{
	bool same = message->known && message->type == v->type && message->unknown_fields == v->unknown &&
	            (v->canonical ? present(message) == v->field_count : present(message) >= v->field_count);

	for (size_t i = 0; same && i < v->field_count; i++)
		same = same_field(message, v, i);
	CHECK(same, "%s: fields", v->name);
}

static void test_whole(const struct vector *v)
{
	struct mgm_message message;
	size_t used;
	enum mgm_frame_rc rc = mgm_frame_decode(v->bytes, v->size, &message, &used);

	switch (v->outcome) {
	case VECTOR_FIELDS:
		if (CHECK(rc == MGM_FRAME_OK && used == v->size, "%s: accepted", v->name))
			test_fields(v, &message);
		break;
	case VECTOR_SKIPPED: CHECK(rc == MGM_FRAME_OK && used == v->size && !message.known, "%s: skipped", v->name); break;
	case VECTOR_INCOMPLETE: CHECK(rc == MGM_FRAME_MORE && used == 0, "%s: waits for more", v->name); break;
	case VECTOR_ERROR: CHECK(strcmp(mgm_frame_error(rc), v->error) == 0 && used == 0, "%s: %s", v->name, v->error);
	}
}

/* Every prefix, in memory of exactly its size so that a read behind it is caught. */
static void test_cut(const struct vector *v)
{
	bool good = true;

	for (size_t size = 0; size < v->size; size++) {
		uint8_t *part = malloc(size + (size == 0));
		struct mgm_message message;
		enum mgm_frame_rc rc;
		size_t used;

		memcpy(part, v->bytes, size);
		rc = mgm_frame_decode(part, size, &message, &used);
		good = good && used == 0 &&
		       (rc == MGM_FRAME_MORE || (v->outcome == VECTOR_ERROR && strcmp(mgm_frame_error(rc), v->error) == 0));
		free(part);
	}
	CHECK(good, "%s: cut at every byte", v->name);
}

static void test_encode(const struct vector *v)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, (enum mgm_msg_type)v->type);
	for (size_t i = 0; i < v->field_count; i++) {
		enum mgm_id id = (enum mgm_id)id_of(v->fields[i].name);

		if (mgm_field_kind(id) == MGM_KIND_U32)
			mgm_frame_u32(&frame, id, (uint32_t)v->fields[i].number);
		else if (mgm_field_kind(id) == MGM_KIND_I64)
			mgm_frame_i64(&frame, id, v->fields[i].number);
		else
			mgm_frame_bytes(&frame, id, v->fields[i].bytes, v->fields[i].size);
	}
	CHECK(mgm_frame_end(&frame) && frame.size == v->size && memcmp(frame.data, v->bytes, v->size) == 0, "%s: encoded",
	      v->name);
	mgm_frame_free(&frame);
}

/* All good frames in one stream, fed in pieces of every small size. */
static void test_stream(size_t piece)
{
	struct mgm_buffer stream, in;
	size_t expected = 0, decoded = 0;

	mgm_buffer_init(&stream, 1 << 20);
	mgm_buffer_init(&in, 1 << 20);
	for (size_t i = 0; i < VECTORS; i++)
		if (vectors[i].outcome == VECTOR_FIELDS && ++expected)
			mgm_buffer_append(&stream, vectors[i].bytes, vectors[i].size);
	while (stream.size > 0) {
		size_t size = stream.size < piece ? stream.size : piece, used;
		struct mgm_message message;

		mgm_buffer_append(&in, mgm_buffer_head(&stream), size);
		mgm_buffer_consume(&stream, size);
		while (mgm_frame_decode(mgm_buffer_head(&in), in.size, &message, &used) == MGM_FRAME_OK) {
			mgm_buffer_consume(&in, used);
			decoded++;
		}
	}
	CHECK(decoded == expected && in.size == 0, "stream in pieces of %zu bytes", piece);
	mgm_buffer_clear(&stream);
	mgm_buffer_clear(&in);
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Damaged vectors: every decoded field lies inside the input. The sanitizers watch. */
static void test_fuzz(uint32_t iterations)
{
	uint32_t state = 20240601, accepted = 0;
	bool inside = true;

	for (uint32_t i = 0; i < iterations; i++) {
		const struct vector *v = &vectors[next_random(&state) % VECTORS];
		size_t size = v->size - (v->size > 0 ? next_random(&state) % 3 % v->size : 0), used;
		uint8_t *copy = malloc(size + 1);
		struct mgm_message message;

		memcpy(copy, v->bytes, size);
		for (uint32_t n = next_random(&state) % 4; size > 0 && n > 0; n--)
			copy[next_random(&state) % size] = (uint8_t)next_random(&state);
		if (mgm_frame_decode(copy, size, &message, &used) == MGM_FRAME_OK) {
			accepted++;
			inside = inside && used <= size;
			for (uint32_t id = 0; message.known && id < MGM_ID_COUNT; id++)
				if (message.field[id].data != NULL)
					inside = inside && message.field[id].data >= copy &&
					         message.field[id].data + message.field[id].size <= copy + used;
		}
		free(copy);
	}
	CHECK(inside && accepted > iterations / 20 && accepted < iterations, "%u damaged frames", iterations);
}

static void test_limits(void)
{
	struct mgm_frame frame = { 0 };
	char *big = calloc(1, MGM_FRAME_MAX_BODY);

	mgm_frame_begin(&frame, MGM_MSG_LOG);
	mgm_frame_bytes(&frame, MGM_ID_TEXT, big, MGM_FRAME_MAX_BODY - 6);
	CHECK(mgm_frame_end(&frame) && frame.size == MGM_FRAME_MAX_BODY + 8, "a body of 16 MiB is built");
	mgm_frame_begin(&frame, MGM_MSG_LOG);
	mgm_frame_bytes(&frame, MGM_ID_TEXT, big, MGM_FRAME_MAX_BODY - 5);
	CHECK(!mgm_frame_end(&frame), "a body of one byte more is not");
	mgm_frame_begin(&frame, MGM_MSG_LOG);
	mgm_frame_bytes(&frame, MGM_ID_TEXT, big, MGM_FRAME_MAX_BODY / 2);
	mgm_frame_bytes(&frame, MGM_ID_OUTPUT, big, MGM_FRAME_MAX_BODY / 2);
	CHECK(!mgm_frame_end(&frame), "nor are several fields that are too much together");
	mgm_frame_begin(&frame, MGM_MSG_EVENT_DONE);
	mgm_frame_i64(&frame, MGM_ID_SEQ, 1);
	CHECK(mgm_frame_end(&frame), "the next one after a failure is fine");
	mgm_frame_set_seq(frame.data, INT64_C(0x0102030405060708));
	CHECK(memcmp(frame.data + 14, "\1\2\3\4\5\6\7\10", 8) == 0, "an event gets its number");
	mgm_frame_free(&frame);
	free(big);
}

int main(void)
{
	for (size_t i = 0; i < VECTORS; i++) {
		test_whole(&vectors[i]);
		test_cut(&vectors[i]);
		if (vectors[i].canonical)
			test_encode(&vectors[i]);
	}
	for (size_t piece = 1; piece <= 17; piece += 4)
		test_stream(piece);
	test_limits();
	test_fuzz(200000);
	return tap_done();
}
