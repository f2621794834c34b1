/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * The running core: its functions and variables, resolved by name once, and the proven layout of its structs.
 * Prototypes follow abi/core-abi.json "functions" and "globals" (time_t is int64_t, enums are int).
 */
#ifndef MGM_CORE_H
#define MGM_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "layout_row.h"

/** int handler(int callback id, void *event); NEB_OK is 0. */
typedef int (*mgm_neb_callback)(int, void *);
/** int handler(int fd, int events, void *arg) */
typedef int (*mgm_io_handler)(int, int, void *);
/** Naemon: the argument is a nm_event_execution_properties. */
typedef void (*mgm_timer_handler)(void *);

/** One core. Filled by mgm_core_find(); every pointer is borrowed and lives as long as the core process. */
struct mgm_core {
	enum mgm_family family;
	char version[64];               /* get_program_version(), cut */
	int neb_api;                    /* what our constructor announced */
	const struct mgm_abi *abi;      /* NULL until proven */
	struct mgm_layout_row *files;   /* owned; tables read from files */
	struct mgm_layout_row *derived; /* owned; holds `abi` where that differs from a known table in the macro slots */
	void *module;                   /* handle that nebmodule_init() got; with libltdl not the one of dlopen() */

	const char *(*get_program_version)(void);
	int (*neb_register_callback)(int id, void *handle, int priority, mgm_neb_callback callback);
	int (*neb_set_module_info)(void *handle, int type, const char *text);
	int (*process_check_result)(void *check_result);
	int (*init_check_result)(void *check_result);
	int (*free_check_result)(void *check_result);
	void *(*find_host)(const char *name);
	void *(*find_service)(const char *host_name, const char *description);
	void *(*find_contact)(const char *name);
	void *(*find_command)(const char *name);
	void *(*find_hostgroup)(const char *name);
	void *(*find_servicegroup)(const char *name);
	int (*is_host_member_of_hostgroup)(void *group, void *host);
	int (*is_service_member_of_servicegroup)(void *group, void *service);
	void (*schedule_service_check)(void *service, int64_t when, int options);
	void (*schedule_host_check)(void *host, int64_t when, int options);
	int (*update_check_stats)(int check_type, int64_t when);

	/* A macro area is a zeroed nagios_macros; texts that the core returns are the caller's to free(). */
	int (*grab_host_macros_r)(void *macros, void *host);
	int (*grab_service_macros_r)(void *macros, void *service);
	int (*grab_contact_macros_r)(void *macros, void *contact);
	int (*get_raw_command_line_r)(void *macros, void *command, const char *text, char **line, int options);
	int (*process_macros_r)(void *macros, const char *text, char **out, int options);
	int (*clear_volatile_macros_r)(void *macros);

	int (*iobroker_register)(void *set, int fd, void *arg, mgm_io_handler handler);
	int (*iobroker_register_out)(void *set, int fd, void *arg, mgm_io_handler handler);
	int (*iobroker_unregister)(void *set, int fd);
	int (*iobroker_close)(void *set, int fd);
	int (*iobroker_is_registered)(void *set, int fd);

	/* Naemon only, else NULL */
	void (*nm_log)(int type, const char *format, ...);
	void *(*schedule_event)(int64_t delay_seconds, mgm_timer_handler handler, void *user_data);
	void (*destroy_event)(void *event);
	/* Nagios only, else NULL */
	void (*logit)(int type, int display, const char *format, ...);
	void *(*schedule_new_event)(int type, int high_priority, int64_t run_time, int recurring, unsigned long interval,
	                            void *timing_function, int compensate, void *data, void *argument, int options);
	void (*remove_event)(void *queue, void *event);
	void (*add_event)(void *queue, void *event);

	void **nagios_iobs;   /* NULL target during shutdown */
	void **nagios_squeue; /* Nagios only; the target is NULL before its event queue exists */
	unsigned long *event_broker_options;
	int *process_performance_data;
	int *log_notifications;
	int *log_global_notifications; /* Naemon from 1.4.3 on, else NULL */
	volatile int *sigshutdown;
	volatile int *sigrestart;
	int *currently_running_service_checks;
	int *currently_running_host_checks;
	int *interval_length; /* seconds per time unit of check_interval */
	int64_t *last_log_rotation;
	void **host_list;
	void **service_list;
	void **contact_list;
};

/**
 * Fill the function and variable pointers of the core's family.
 *
 * @param core `family` is set
 * @return NULL, or the first name that is missing
 */
const char *mgm_core_resolve(struct mgm_core *core);

/** Write one line to the core's log, however long. Falls back to stderr when no log function was found. */
void mgm_core_log_text(const struct mgm_core *core, int nslog_type, const char *text);

/**
 * Write one line to the core's log; cut after about 4 KiB. Falls back to stderr when no log function was found.
 *
 * @param nslog_type NSLOG_* of the core, e.g. mgm_constant(abi, MGM_C_NSLOG_INFO_MESSAGE, 262144)
 */
void mgm_core_log(const struct mgm_core *core, int nslog_type, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Plans a check of a host or a service. @param options CHECK_OPTION_... of the core */
static inline void mgm_core_schedule(const struct mgm_core *core, bool is_service, void *object, int64_t when,
                                     int options)
{
	(is_service ? core->schedule_service_check : core->schedule_host_check)(object, when, options);
}

#endif
