/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Lines that test/run.sh counts. */
#ifndef MGM_TEST_TAP_H
#define MGM_TEST_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct tap {
	int count;
	int failed;
};

static struct tap tap_state;

/** One test. `CHECK(cond, "name %d", i)`; goes on after a failure. @return cond */
#define CHECK(condition, ...) tap_check((condition), #condition, __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 5, 6), unused)) static bool tap_check(bool good, const char *text, const char *file,
                                                                    int line, const char *format, ...)
{
	va_list arguments;

	tap_state.count++;
	printf("%s %d - ", good ? "ok" : "not ok", tap_state.count);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	if (good) {
		printf("\n");
	} else {
		tap_state.failed++;
		printf(" (%s, %s:%d)\n", text, file, line);
	}
	return good;
}

/** Return value of main(). */
__attribute__((unused)) static int tap_done(void)
{
	printf("1..%d\n", tap_state.count);
	return tap_state.failed != 0;
}

#endif
