/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Lines out of a non-blocking descriptor, a bounded amount at a time. */
#ifndef MGM_LINES_H
#define MGM_LINES_H

#include <stdbool.h>
#include <stddef.h>

/** Longest line, terminator not included; the rest of a longer one is left out. */
#define MGM_LINE_BYTES 1900u
/** Bytes that one call reads at most: what a pipe holds. */
#define MGM_LINES_BUDGET 65536u

enum mgm_lines_rc {
	MGM_LINES_EMPTY, /* nothing more at the moment */
	MGM_LINES_MORE,  /* there may be more: the budget is spent */
	MGM_LINES_END    /* the other side is closed, or reading failed; the descriptor is closed */
};

struct mgm_lines {
	int fd; /* owned; -1: none */
	size_t size;
	char text[MGM_LINE_BYTES + 1];
};

/** Takes one line without its end; not empty, no NUL inside. Must not call back into the reader. */
typedef void (*mgm_line_taker)(void *arg, const char *line);

/** Take over a non-blocking descriptor, or -1. A former one is closed. */
void mgm_lines_open(struct mgm_lines *lines, int fd);
enum mgm_lines_rc mgm_lines_read(struct mgm_lines *lines, mgm_line_taker take, void *arg);
/** Take an unfinished line as it is, then close. */
void mgm_lines_finish(struct mgm_lines *lines, mgm_line_taker take, void *arg);
/** Close; what was read of an unfinished line is dropped. Idempotent, async-signal-safe. */
void mgm_lines_close(struct mgm_lines *lines);

#endif
