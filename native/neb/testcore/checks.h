/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Scheduling and running of checks, event handlers, and the search for lost checks. */
#ifndef TC_CHECKS_H
#define TC_CHECKS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "layout.h"

/** check_interval or retry_interval of an object in whole seconds, rounded up. */
int64_t tc_interval_seconds(const void *object, enum mgm_field interval);

/**
 * Schedule the next check in `delay` seconds. As in Naemon: an earlier one that is already scheduled wins,
 * unless the options force execution or allow to postpone.
 */
void tc_schedule_next(const struct tc_kind *kind, void *object, int64_t delay, int options);

/** Schedule the first check of every object, spread evenly over the interval, and the search for lost ones. */
void tc_checks_start(int orphan_margin_seconds, bool orphan_checks);

/**
 * Run one check now: ask the modules, run it here if they do not want it.
 *
 * @return NEB_OK, or NEB_ERROR when it was cancelled or could not be run
 */
int tc_check_run(const struct tc_kind *kind, void *object, int options, double latency);

/** Expand the command of an object. @return malloc()ed line, NULL without a command */
char *tc_command_line(const struct tc_kind *kind, void *object, void *command, const char *text);

/** Fire the event handler of an object, if it has one and handlers are enabled. */
void tc_event_handler(const struct tc_kind *kind, void *object);

/** Look for checks whose result never came; `margin` seconds beyond next_check + latency + timeout. */
void tc_orphans_search(const struct tc_kind *kind, int margin);

/** Is the last result younger than the freshness threshold? Same rule as Naemon's. */
bool tc_result_is_fresh(const struct tc_kind *kind, const void *object, int64_t now);

/** Parts of result handling that hosts and services share. */
struct tc_result_state {
	bool state_change, hard_state_change, alert;
};

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
