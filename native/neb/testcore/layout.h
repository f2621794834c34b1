/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The core structs of the test core: plain memory blocks, addressed through the generated offset table of class
 * naemon-1.5.1. Hosts and services share one description of their members, so most code is written once.
 */
#ifndef TC_LAYOUT_H
#define TC_LAYOUT_H

#include "layout/abi.h"

#define TC_CLASS "naemon-1.5.1"

/** @return the table in use; the program ends with a message if the generated tables lack TC_CLASS */
const struct mgm_abi *tc_abi(void);

/**
 * Use the table of a layout file from now on. Before anything of the core exists.
 *
 * @param path NULL: TC_CLASS again
 * @return false with one line on stderr
 */
bool tc_layout_use(const char *path);

/** @return a zeroed block of exactly the size that the class gives the struct; never NULL */
void *tc_new(enum mgm_size size);

/** strdup() that never fails and keeps NULL. */
char *tc_strdup(const char *text);

/** malloc()ed printf; never NULL. */
char *tc_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Members of a host or a service; MGM_FIELD_COUNT where the kind has none (or the table does not list it). */
struct tc_kind {
	bool service;
	enum mgm_size size;
	enum mgm_field id, host_name, description, display_name, check_command, check_timeout;
	enum mgm_field check_interval, retry_interval, max_attempts, process_performance_data, freshness_threshold;
	enum mgm_field accept_passive_checks, checks_enabled, check_source, notes, custom_variables, check_type;
	enum mgm_field current_state, last_state, plugin_output, long_plugin_output, perf_data, state_type;
	enum mgm_field current_attempt, latency, execution_time, is_executing, check_options, next_check, last_check;
	enum mgm_field last_state_change, has_been_checked, is_being_freshened, notification_number;
	enum mgm_field notification_id, downtime_depth, percent_state_change, groups, next, next_check_event;
};

extern const struct tc_kind tc_host_kind;
extern const struct tc_kind tc_service_kind;

static inline int32_t tc_i32(const void *base, enum mgm_field field)
{
	return mgm_get_i32(tc_abi(), base, field);
}

static inline void tc_set_i32(void *base, enum mgm_field field, int32_t value)
{
	mgm_set_i32(tc_abi(), base, field, value);
}

static inline int64_t tc_i64(const void *base, enum mgm_field field)
{
	return mgm_get_i64(tc_abi(), base, field);
}

static inline void tc_set_i64(void *base, enum mgm_field field, int64_t value)
{
	mgm_set_i64(tc_abi(), base, field, value);
}

static inline double tc_f64(const void *base, enum mgm_field field)
{
	return mgm_get_f64(tc_abi(), base, field);
}

static inline void tc_set_f64(void *base, enum mgm_field field, double value)
{
	mgm_set_f64(tc_abi(), base, field, value);
}

/** Borrowed; writable because core strings are. */
static inline char *tc_str(const void *base, enum mgm_field field)
{
	return mgm_get_ptr(tc_abi(), base, field);
}

static inline void *tc_ptr(const void *base, enum mgm_field field)
{
	return mgm_get_ptr(tc_abi(), base, field);
}

static inline void tc_set_ptr(void *base, enum mgm_field field, const void *value)
{
	mgm_set_ptr(tc_abi(), base, field, value);
}

static inline struct timeval tc_tv(const void *base, enum mgm_field field)
{
	return mgm_get_timeval(tc_abi(), base, field);
}

static inline void tc_set_tv(void *base, enum mgm_field field, struct timeval value)
{
	mgm_set_timeval(tc_abi(), base, field, value);
}

/** Free the string the member holds and put `value` (owned from now on, may be NULL) in its place. */
void tc_take_str(void *base, enum mgm_field field, char *value);

/** @return a constant that every Naemon class has */
static inline int32_t tc_const(enum mgm_const name)
{
	return mgm_constant(tc_abi(), name, 0);
}

#endif
