/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Lines in the core's log: prefixed, one line each, limited in time; what is left out is counted. */
#ifndef MGM_LOG_H
#define MGM_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "layout/core.h"

/** Lines of the shim, and lines the bridge wants logged, per minute. */
#define MGM_LOG_OWN_PER_MINUTE 60u
#define MGM_LOG_BRIDGE_PER_MINUTE 60u
/** Lines about one event each, apart too: there may be as many as checks, and what explains them must not be left out. */
#define MGM_LOG_EVENTS_PER_MINUTE 60u
/** Lines of debugging of each of both, apart from the others so that they never take the place of an error: 200 a second. */
#define MGM_LOG_DEBUG_PER_MINUTE 12000u
/** Lines of a bridge's standard error in ten minutes: one that cannot start says the same at each attempt. */
#define MGM_LOG_OUTPUT_PER_PERIOD 60u
#define MGM_LOG_OUTPUT_PERIOD_MS 600000

struct mgm_log_budget {
	unsigned int limit;
	int64_t period_ms;
	unsigned int used;
	uint64_t dropped; /* in this period */
	int64_t started_ms;
};

struct mgm_log {
	const struct mgm_core *core;
	const struct mgm_clock *clock;
	struct mgm_log_budget own;
	struct mgm_log_budget events;
	struct mgm_log_budget bridge;
	struct mgm_log_budget debug;
	struct mgm_log_budget bridge_debug;
	struct mgm_log_budget output;
	uint64_t dropped_total;
};

/** Both pointers are borrowed. Works as soon as the core's log function is resolved. */
void mgm_log_init(struct mgm_log *log, const struct mgm_core *core, const struct mgm_clock *clock);
/** `mod_gearman: <text>` */
void mgm_log_info(struct mgm_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** `mod_gearman: ERROR - <text>` */
void mgm_log_error(struct mgm_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** As one of both, about one check, event handler, notification or record. */
void mgm_log_event(struct mgm_log *log, bool is_error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/** As mgm_log_info(); only if the settings ask for it. */
void mgm_log_debug(struct mgm_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
/**
 * A line of the bridge.
 *
 * @param level 0 error, 1 info, 2 debug
 * @param text control characters are replaced
 */
void mgm_log_bridge(struct mgm_log *log, uint32_t level, const char *text);
/** `mod_gearman: bridge: <text>`, a line of the bridge's standard error. */
void mgm_log_output(struct mgm_log *log, const char *text);

#endif
