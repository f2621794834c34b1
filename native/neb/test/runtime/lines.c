/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Lines out of a pipe, with any bytes and cut at any place. */
#include "link/lines.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

static char seen[8192];
static int count;

static void take(void *arg, const char *line)
{
	(void)arg;
	count++;
	if (strlen(seen) + strlen(line) + 2 < sizeof(seen)) {
		strcat(seen, line);
		strcat(seen, "|");
	}
}

static void say(int fd, const char *text, size_t size)
{
	if (write(fd, text, size) != (ssize_t)size)
		CHECK(false, "the test could not write");
}

int main(void)
{
	struct mgm_lines lines = { .fd = -1 };
	static char big[MGM_LINES_BUDGET];
	int ends[2];

	if (pipe2(ends, O_NONBLOCK) != 0)
		return 1;
	CHECK(mgm_lines_read(&lines, take, NULL) == MGM_LINES_END, "nothing open");
	mgm_lines_open(&lines, ends[0]);
	CHECK(mgm_lines_read(&lines, take, NULL) == MGM_LINES_EMPTY && count == 0, "nothing there");
	say(ends[1], "one\ntw", 6);
	mgm_lines_read(&lines, take, NULL);
	CHECK(strcmp(seen, "one|") == 0, "a line is taken when it is whole");
	say(ends[1], "o\n\n\na\0b\nrest", 12);
	mgm_lines_read(&lines, take, NULL);
	CHECK(strcmp(seen, "one|two|a b|") == 0, "empty ones are left out, a NUL becomes a blank");
	say(ends[1], "\n", 1);
	memset(big, 'x', sizeof(big));
	big[2000] = '\n';
	say(ends[1], big, 2001);
	seen[0] = '\0';
	mgm_lines_read(&lines, take, NULL);
	CHECK(strlen(seen) == strlen("rest|") + MGM_LINE_BYTES + 1, "a long one is cut");
	fcntl(ends[1], F_SETPIPE_SZ, 4 * (int)MGM_LINES_BUDGET);
	memset(big, '\n', sizeof(big));
	say(ends[1], big, sizeof(big));
	say(ends[1], "more\n", 5);
	seen[0] = '\0';
	CHECK(mgm_lines_read(&lines, take, NULL) == MGM_LINES_MORE && seen[0] == '\0', "one go takes a bounded amount");
	CHECK(mgm_lines_read(&lines, take, NULL) == MGM_LINES_EMPTY && strcmp(seen, "more|") == 0, "the next one the rest");
	say(ends[1], "last", 4);
	close(ends[1]);
	CHECK(mgm_lines_read(&lines, take, NULL) == MGM_LINES_END && strcmp(seen, "more|last|") == 0 && lines.fd == -1,
	      "at the end an unfinished line counts");
	mgm_lines_close(&lines);
	return tap_done();
}
