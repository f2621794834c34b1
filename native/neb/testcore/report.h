/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What happened, counted and optionally printed as one JSON object per line on stdout. See README.md. */
#ifndef TC_REPORT_H
#define TC_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "layout.h"

enum tc_happening {
	TC_START,
	TC_CHECK,
	TC_CANCEL,
	TC_LOCAL,
	TC_RESULT,
	TC_EVENT_HANDLER,
	TC_ORPHAN,
	TC_RELOAD,
	TC_SUMMARY,
	TC_HAPPENINGS
};

/** One happening. Members that do not apply stay NULL, or below 0 for numbers. */
struct tc_report {
	enum tc_happening what;
	const struct tc_kind *kind;
	const void *object;
	int state;
	const char *output;
	int64_t roundtrip_us;
	int passive;       /* 1 passive, 0 active result */
	const char *by;    /* "module" or "core" */
	const char *stage; /* "precheck" or "initiate" */
	const char *command;
	const char *source;
};

/** All members in their "does not apply" state. */
#define TC_REPORT(happening)                                                \
	{                                                                       \
		.what = (happening), .state = -1, .roundtrip_us = -1, .passive = -1 \
	}

/** @param json print lines, else only count */
void tc_report_init(bool json);

void tc_report(const struct tc_report *report);

/** Print the counters as the last line: JSON, or `summary: …` in words when JSON is off. */
void tc_report_summary(void);

/** @return how often it happened */
unsigned long tc_report_count(enum tc_happening what);

/** Write `text` as a JSON string. Bytes that are not UTF-8 appear as U+0080 to U+00FF. For tests. */
void tc_json_string(FILE *file, const char *text);

#endif
