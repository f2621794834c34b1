/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What host and service results have in common. */
#ifndef TC_RESULT_PARTS_H
#define TC_RESULT_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

/** Is the last result younger than the freshness threshold? Same rule as Naemon's. */
bool tc_result_is_fresh(const struct tc_kind *kind, const void *object, int64_t now);

/** Seconds between start and finish of a result, 0 if negative. */
double tc_execution_time(const void *check_result);

/** Report the result, with the time since INITIATE. */
void tc_report_result(const struct tc_kind *kind, void *object, const void *check_result);

/** Log `HOST ALERT: …` or `SERVICE ALERT: …`. */
void tc_log_alert(const struct tc_kind *kind, const void *object);

/** Put parsed plugin output into the object's three strings, semicolons of the first one as colons. */
void tc_store_output(const struct tc_kind *kind, void *object, const char *output, const char *if_none);

/** Replace the object's output by one line of text (owned from now on), without long output and perfdata. */
void tc_store_message(const struct tc_kind *kind, void *object, char *message);

#endif
