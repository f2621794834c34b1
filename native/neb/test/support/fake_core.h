/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * A core for tests: the functions of struct mgm_core over plain tables, objects in memory laid out by a real
 * class of the generated tables, an iobroker over poll(), timers and a clock that the test moves. One at a
 * time, because the core's functions have no user pointer.
 */
#ifndef MGM_TEST_FAKE_CORE_H
#define MGM_TEST_FAKE_CORE_H

#include "link/clock.h"
#include "layout/core.h"
#include "wire/frame.h"

#define FAKE_MAX 64

struct fake_schedule {
	void *object;
	int64_t when;
	int options;
};

/** What process_check_result() saw, copied. */
struct fake_result {
	char host[64], service[64], output[256], source[64];
	int object_type, check_type, scheduled, reschedule, return_code, exited_ok, early_timeout, options;
	double latency;
	struct timeval start, finish;
	bool engine;
};

struct fake {
	struct mgm_core core;
	int64_t now_us;  /* both clocks */
	char log[65536]; /* lines, one after the other */
	int result_count;
	struct fake_result result; /* the last one */
	void (*on_result)(void);   /* called inside process_check_result(), as a core calls modules */
	int schedule_count;
	struct fake_schedule schedule[FAKE_MAX];
	int stats_count, stats_type;
	int running_services, running_hosts, shutdown, restart, interval;
	unsigned long broker_options;
	int io_registered; /* descriptors in the set, input and output */
	int io_register_fails;
	int timer_count;
	int macros_open; /* areas that hold an object: grabbed and not cleared */
	int log_notifications, log_global_notifications;
	int last_log_type;
	const char *expanded; /* what process_macros_r() gives, unless NULL */
	int expansions;       /* its calls */
	bool expands_nothing;
	int perfdata;     /* process_performance_data */
	int find_calls;   /* of find_hostgroup(), find_servicegroup() */
	int member_calls; /* of is_..._member_of_...(), which is slow in a real core */
};

extern struct fake fake;
extern const struct mgm_clock fake_clock;

/** Start over with an empty core of a family: class naemon-1.5.1 or nagios-4.4. */
void fake_start(enum mgm_family family);
/** Frees the objects and timers. */
void fake_stop(void);
void *fake_host(const char *name);
void *fake_service(void *host, const char *description);
/** Make a group (if new) with this member. */
void fake_hostgroup(const char *name, void *host);
void fake_servicegroup(const char *name, void *service);
/** Set a custom variable; value may be NULL. The list is owned by the fake. */
void fake_variable(void *object, bool service, const char *name, const char *value);
/** Call the handlers of all readable or writable descriptors once. @return how many */
int fake_io(void);
/** Run what is due after `seconds` more; the clock moves. @return how many */
int fake_time(int64_t seconds);
/** Times a text occurs in the log. */
int fake_logged(const char *text);
/** Event structs; fields as a core fills them. Valid until the next call. */
void *fake_check_event(bool service, bool precheck, void *object, const char *command, int options, double latency);
/** A result that was processed. */
void *fake_processed_event(bool service, void *object, const char *perf_data);
void *fake_handler_event(void *object, bool service, const char *command);
/** @param command `name!arguments`, or NULL; @param contact NULL: of a global handler */
void *fake_notification_event(void *object, bool service, void *contact, const char *command, int reason);
void *fake_contact(const char *name, const char *alias);
/** A command that find_command() knows. */
void *fake_command(const char *name, const char *line);

#endif
