/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Frames of the bridge protocol (docs/bridge-protocol.md), written here a second time and without a look at the
 * shim's codec, so that both have to agree on the document. Blocking; the caller sets an alarm.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_BODY 65536

struct frame {
	int type; /* -1: end of the stream */
	size_t used;
	unsigned char body[MAX_BODY];
};

/** A listening unix socket; -1 if it cannot be made. */
static inline int frame_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 4) != 0)
		return -1;
	return fd;
}

static inline void put_number(unsigned char *to, uint64_t value, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--, value >>= 8)
		to[i] = (unsigned char)value;
}

static inline uint64_t get_number(const unsigned char *from, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | from[i];
	return value;
}

static inline void frame_begin(struct frame *frame, int type)
{
	frame->type = type;
	frame->used = 0;
}

static inline void frame_bytes(struct frame *frame, int id, const void *value, size_t bytes)
{
	if (frame->used + 6 + bytes > MAX_BODY)
		abort();
	put_number(frame->body + frame->used, (uint64_t)id, 2);
	put_number(frame->body + frame->used + 2, bytes, 4);
	memcpy(frame->body + frame->used + 6, value, bytes);
	frame->used += 6 + bytes;
}

static inline void frame_text(struct frame *frame, int id, const char *text)
{
	frame_bytes(frame, id, text, strlen(text));
}

static inline void frame_u32(struct frame *frame, int id, uint32_t value)
{
	unsigned char bytes[4];

	put_number(bytes, value, 4);
	frame_bytes(frame, id, bytes, 4);
}

static inline void frame_i64(struct frame *frame, int id, int64_t value)
{
	unsigned char bytes[8];

	put_number(bytes, (uint64_t)value, 8);
	frame_bytes(frame, id, bytes, 8);
}

static inline void frame_send(int fd, const struct frame *frame)
{
	unsigned char head[8] = { 0 };

	put_number(head, frame->used, 4);
	head[4] = (unsigned char)frame->type;
	if (write(fd, head, 8) != 8 || write(fd, frame->body, frame->used) != (ssize_t)frame->used)
		_exit(3);
}

static inline bool read_all(int fd, unsigned char *to, size_t bytes)
{
	while (bytes > 0) {
		ssize_t got = read(fd, to, bytes);

		if (got <= 0)
			return false;
		to += got;
		bytes -= (size_t)got;
	}
	return true;
}

static inline void frame_receive(int fd, struct frame *frame)
{
	unsigned char head[8];

	frame->type = -1;
	frame->used = 0;
	if (!read_all(fd, head, 8))
		return;
	frame->used = (size_t)get_number(head, 4);
	if (frame->used > MAX_BODY || head[5] != 0 || head[6] != 0 || head[7] != 0 ||
	    !read_all(fd, frame->body, frame->used))
		_exit(4);
	frame->type = head[4];
}

/** Value of the last field with this id, NULL without one. */
static inline const unsigned char *frame_find(const struct frame *frame, int id, size_t *bytes)
{
	const unsigned char *found = NULL;

	for (size_t at = 0; at + 6 <= frame->used;) {
		size_t length = (size_t)get_number(frame->body + at + 2, 4);

		if (length > frame->used - at - 6)
			_exit(5);
		if ((int)get_number(frame->body + at, 2) == id) {
			found = frame->body + at + 6;
			*bytes = length;
		}
		at += 6 + length;
	}
	return found;
}

static inline int64_t frame_number(const struct frame *frame, int id)
{
	size_t bytes = 0;
	const unsigned char *value = frame_find(frame, id, &bytes);

	return value == NULL ? -1 : (int64_t)get_number(value, bytes);
}

static inline bool frame_is(const struct frame *frame, int id, const char *text)
{
	size_t bytes = 0;
	const unsigned char *value = frame_find(frame, id, &bytes);

	return value != NULL && bytes == strlen(text) && memcmp(value, text, bytes) == 0;
}

#endif
