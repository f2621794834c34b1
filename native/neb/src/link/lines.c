/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lines.h"

#include <errno.h>
#include <unistd.h>

#define CHUNK_BYTES 4096u

void mgm_lines_open(struct mgm_lines *lines, int fd)
{
	mgm_lines_close(lines);
	lines->fd = fd;
}

static void finish_line(struct mgm_lines *lines, mgm_line_taker take, void *arg)
{
	size_t size = lines->size;

	lines->size = 0;
	lines->text[size] = '\0';
	if (size > 0)
		take(arg, lines->text);
}

static void cut(struct mgm_lines *lines, const char *data, size_t size, mgm_line_taker take, void *arg)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\n')
			finish_line(lines, take, arg);
		else if (lines->size < MGM_LINE_BYTES)
			lines->text[lines->size++] = data[i] != '\0' ? data[i] : ' ';
	}
}

enum mgm_lines_rc mgm_lines_read(struct mgm_lines *lines, mgm_line_taker take, void *arg)
{
	char chunk[CHUNK_BYTES];

	if (lines->fd < 0)
		return MGM_LINES_END;
	for (size_t total = 0; total < MGM_LINES_BUDGET; total += CHUNK_BYTES) {
		ssize_t got = read(lines->fd, chunk, sizeof(chunk));

		if (got > 0) {
			cut(lines, chunk, (size_t)got, take, arg);
		} else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
			return MGM_LINES_EMPTY;
		} else {
			mgm_lines_finish(lines, take, arg);
			return MGM_LINES_END;
		}
	}
	return MGM_LINES_MORE;
}

void mgm_lines_finish(struct mgm_lines *lines, mgm_line_taker take, void *arg)
{
	finish_line(lines, take, arg);
	mgm_lines_close(lines);
}

void mgm_lines_close(struct mgm_lines *lines)
{
	if (lines->fd >= 0)
		close(lines->fd);
	lines->fd = -1;
	lines->size = 0;
}
