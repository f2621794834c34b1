/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Lines `ok N - name` and `not ok N - name`, and the exit code that fits. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failures;

static inline void __attribute__((format(printf, 2, 3))) ok(bool good, const char *name, ...)
{
	va_list arguments;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(arguments, name);
	vprintf(name, arguments);
	va_end(arguments);
	puts("");
	tap_failures += !good;
}

static inline void is_int(long long got, long long want, const char *name)
{
	ok(got == want, "%s", name);
	if (got != want)
		printf("# got %lld, want %lld\n", got, want);
}

static inline void is_str(const char *got, const char *want, const char *name)
{
	bool good = got == want || (got != NULL && want != NULL && strcmp(got, want) == 0);

	ok(good, "%s", name);
	if (!good)
		printf("# got [%s], want [%s]\n", got == NULL ? "(NULL)" : got, want == NULL ? "(NULL)" : want);
}

static inline void has_str(const char *text, const char *part, const char *name)
{
	bool good = text != NULL && strstr(text, part) != NULL;

	ok(good, "%s", name);
	if (!good)
		printf("# [%s] not in [%s]\n", part, text == NULL ? "(NULL)" : text);
}

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures == 0 ? 0 : 1;
}

#endif
