/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * Everything a module may look up in the test core, with the names and shapes of a Naemon core
 * (abi/core-abi.json "functions" and "globals"; time_t is int64_t, enums are int, structs are void).
 */
#ifndef TC_EXPORTS_H
#define TC_EXPORTS_H

#include <stdint.h>
#include <stdio.h>
#include <sys/time.h>

#include "layout/abi.h"

/* Variables. */
extern void *nagios_iobs;
extern unsigned long event_broker_options;
extern int process_performance_data, log_notifications, log_global_notifications;
extern volatile int sigshutdown, sigrestart;
extern int currently_running_service_checks, currently_running_host_checks;
extern void *host_list, *service_list, *contact_list, *hostgroup_list, *servicegroup_list, *command_list;
extern void *host_ary, *service_ary;
extern int interval_length;
extern int64_t last_log_rotation, program_start, event_start;
extern int nagios_pid, daemon_mode;
extern int enable_notifications, enable_event_handlers, enable_flap_detection;
extern int obsess_over_services, obsess_over_hosts;
extern char *global_service_notification_handler, *global_host_notification_handler;
/* num_objects is a struct and lives in globals.c; its size comes from the table. */
#define TC_NUM_OBJECTS_BYTES 48
extern unsigned char num_objects[TC_NUM_OBJECTS_BYTES];

/* Program, names, statistics. */
const char *get_program_version(void);
/** What get_program_version() returns; NULL: the usual one. */
extern const char *tc_program_version;
const char *host_state_name(int state);
const char *service_state_name(int state);
const char *notification_reason_name(int reason);
const char *tv_str(const struct timeval *time);
int update_check_stats(int check_type, int64_t when);

/* Modules and callbacks. */
int neb_register_callback(int type, void *handle, int priority, int (*callback)(int, void *));
int neb_deregister_callback(int type, void *callback);
int neb_set_module_info(void *handle, int type, const char *text);
int neb_make_callbacks(int type, void *data);

/* I/O broker and timers. */
int iobroker_register(void *set, int fd, void *arg, int (*handler)(int, int, void *));
int iobroker_register_out(void *set, int fd, void *arg, int (*handler)(int, int, void *));
int iobroker_unregister(void *set, int fd);
int iobroker_close(void *set, int fd);
int iobroker_is_registered(void *set, int fd);
void *schedule_event(int64_t delay_seconds, void (*callback)(void *), void *user_data);
void destroy_event(void *event);
void clear_event_queue(void);

/* Log. */
void nm_log(int type, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Objects. */
void *find_host(const char *name);
void *find_service(const char *host_name, const char *description);
void *find_hostgroup(const char *name);
void *find_servicegroup(const char *name);
void *find_contact(const char *name);
void *find_command(const char *name);
int is_host_member_of_hostgroup(void *group, void *host);
int is_service_member_of_servicegroup(void *group, void *service);
void *add_custom_variable_to_object(void **list, const char *name, const char *value);
int prepend_object_to_objectlist(void **list, void *object);
int remove_object_from_objectlist(void **list, const void *object);
void fcache_host(FILE *file, const void *host);
void fcache_service(FILE *file, const void *service);

/* Macros. */
int grab_host_macros_r(void *macros, void *host);
int grab_service_macros_r(void *macros, void *service);
int grab_contact_macros_r(void *macros, void *contact);
int clear_volatile_macros_r(void *macros);
int process_macros_r(void *macros, const char *input, char **output, int options);
int get_raw_command_line_r(void *macros, void *command, const char *text, char **line, int options);

/* Events to modules. */
int broker_service_check(int type, int flags, int attr, void *service, int check_type, struct timeval start,
                         struct timeval end, char *command, double latency, double execution_time, int timeout,
                         int early_timeout, int return_code, char *command_line, void *check_result);
int broker_host_check(int type, int flags, int attr, void *host, int check_type, int state, int state_type,
                      struct timeval start, struct timeval end, char *command, double latency, double execution_time,
                      int timeout, int early_timeout, int return_code, char *command_line, char *output,
                      char *long_output, char *perf_data, void *check_result);
int broker_event_handler(int type, int flags, int attr, int handler_type, void *object, int state, int state_type,
                         struct timeval start, struct timeval end, double execution_time, int timeout,
                         int early_timeout, int return_code, char *command, char *command_line, char *output);
int broker_contact_notification_method_data(int type, int flags, int attr, int notification_type, int reason,
                                            struct timeval start, struct timeval end, void *object, void *contact,
                                            char *command, char *ack_author, char *ack_data, int escalated);
void broker_program_status(int type, int flags, int attr);
void broker_program_state(int type, int flags, int attr);
void broker_log_data(int type, int flags, int attr, char *data, unsigned long data_type, int64_t entry_time);

/* Checks and results. */
void schedule_service_check(void *service, int64_t when, int options);
void schedule_host_check(void *host, int64_t when, int options);
int init_check_result(void *check_result);
int free_check_result(void *check_result);
int process_check_result(void *check_result);
int handle_async_service_check_result(void *service, void *check_result);
int handle_async_host_check_result(void *host, void *check_result);

#endif
