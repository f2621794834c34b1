/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The core's log: `[epoch] text` lines, each also shown to modules as LOG_DATA. */
#include "log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exports.h"
#include "layout.h"

static struct {
	char *path;
	FILE *file; /* NULL: stderr */
} target;

static FILE *open_append(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "a");

	if (file != NULL)
		setvbuf(file, NULL, _IOLBF, 0);
	else if (fd >= 0)
		close(fd);
	return file;
}

bool tc_log_open(const char *path)
{
	tc_log_close();
	if (path == NULL)
		return true;
	target.file = open_append(path);
	if (target.file == NULL)
		return false;
	target.path = tc_strdup(path);
	return true;
}

void tc_log_reopen(void)
{
	FILE *file;

	if (target.path == NULL)
		return;
	file = open_append(target.path);
	if (file == NULL)
		return;
	fclose(target.file);
	target.file = file;
}

void tc_log_close(void)
{
	if (target.file != NULL)
		fclose(target.file);
	free(target.path);
	target.file = NULL;
	target.path = NULL;
}

void nm_log(int type, const char *format, ...)
{
	char *text = NULL;
	time_t now = time(NULL);
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	fprintf(target.file != NULL ? target.file : stderr, "[%lld] %s\n", (long long)now, text);
	broker_log_data(tc_const(MGM_C_NEBTYPE_LOG_DATA), 0, 0, text, (unsigned long)type, now);
	free(text);
}
