/* SPDX-License-Identifier: GPL-2.0-or-later */
/** What the checks of the layout proof share. All of it lives and dies in the forked child. */
#ifndef MGM_PROOF_CHILD_H
#define MGM_PROOF_CHILD_H

#include <stdint.h>
#include <stdio.h>
#include <sys/time.h>

#include "proof.h"

/** Bytes of every stand-in: far more than any core struct, so that a wrong offset stays inside. */
#define MGM_STAND_IN_BYTES 8192

/** Functions and variables that only the proof uses; types as in abi/core-abi.json. NULL when not exported. */
struct mgm_proof_calls {
	void (*fcache_host)(FILE *, const void *);
	void (*fcache_service)(FILE *, const void *);
	void *(*add_custom_variable_to_object)(void **list, const char *name, const char *value);
	int (*prepend_object_to_objectlist)(void **list, void *object);
	int (*grab_host_macros_r)(void *macros, void *host);
	int (*grab_service_macros_r)(void *macros, void *service);
	int (*grab_contact_macros_r)(void *macros, void *contact);
	int (*get_raw_command_line_r)(void *macros, void *command, const char *text, char **line, int options);
	int (*process_macros_r)(void *macros, const char *text, char **out, int options);
	int (*handle_async_service_check_result)(void *service, void *check_result);
	int (*handle_async_host_check_result)(void *host, void *check_result);
	/* Different prototypes per family: cast at the place of the call. */
	void (*broker_service_check)(void);
	void (*broker_host_check)(void);
	void (*broker_event_handler)(void);
	void (*broker_contact_notification_method_data)(void);
	void (*broker_program_status)(void);
	void (*broker_program_state)(void);
	void (*broker_log_data)(void);
	void (*broker_timed_event)(void);
	void *(*squeue_create)(unsigned int size);
	void *(*find_contact)(const char *);
	void *(*find_command)(const char *);
	void *(*tree_new)(int (*compare)(const void *, const void *)); /* g_tree_new of GLib, Naemon only */

	void **hostgroup_list, **servicegroup_list, **command_list;
	void **host_ary, **service_ary;
	void *num_objects;
	int64_t *program_start, *event_start;
	int *nagios_pid, *daemon_mode;
	int *enable_notifications, *enable_event_handlers, *enable_flap_detection;
	int *obsess_over_services, *obsess_over_hosts;
};

/** One run of the proof. */
struct mgm_proof {
	const struct mgm_core *core;
	const struct mgm_abi *abi;
	struct mgm_proof_calls calls;
	const char *check;         /* number of the running check, "4.4" */
	char reason[MGM_PROOF_REASON_BYTES];
	void *host, *service;      /* stand-ins of MGM_STAND_IN_BYTES */
	void *contact;             /* another stand-in, made by 4.6 */
	void *mark;                /* a stand-in for whatever else is passed by pointer */
	void *custom_variables;    /* list of three, built by 4.3 */
};

/** One check: @return true when it passed, else the reason is set. */
typedef bool (*mgm_proof_check)(struct mgm_proof *proof);

/** Note why the table is refused. @return false always, so that a check can return it */
bool mgm_refuse(struct mgm_proof *proof, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Resolve proof->calls. @return false with a reason when one of the names is missing */
bool mgm_proof_resolve(struct mgm_proof *proof);

/** Silence the child's copy of the core: no notifications, handlers, flapping, perfdata, obsessing, broker. */
void mgm_proof_silence(struct mgm_proof *proof);

/**
 * Run all checks of a part in the current process. Only for the child: it writes into the core's memory.
 *
 * @return whether all passed; if not, proof->check and proof->reason tell which and why
 */
bool mgm_proof_run(struct mgm_proof *proof, enum mgm_proof_part part);

/** Zeroed memory of MGM_STAND_IN_BYTES; the child ends soon, so nobody frees it. NULL without memory. */
void *mgm_stand_in(void);

/* The checks by number in abi/README.md 4. */
bool mgm_check_result_map(struct mgm_proof *proof);      /* 4.1 */
bool mgm_check_result_strings(struct mgm_proof *proof);  /* 4.2 */
bool mgm_check_lists(struct mgm_proof *proof);           /* 4.3 */
bool mgm_check_object_text(struct mgm_proof *proof);     /* 4.4 */
bool mgm_check_macro_slots(struct mgm_proof *proof);     /* 4.5 */
bool mgm_check_macros(struct mgm_proof *proof);          /* 4.6 */
bool mgm_check_macro_indices(struct mgm_proof *proof);   /* 4.7 */
bool mgm_check_command(struct mgm_proof *proof);         /* 4.8 */
bool mgm_check_scheduling(struct mgm_proof *proof);      /* 4.9 */
bool mgm_check_timer(struct mgm_proof *proof);           /* 4.10 */
bool mgm_check_events(struct mgm_proof *proof);          /* 4.11 */
bool mgm_check_results(struct mgm_proof *proof);         /* 4.12 */
bool mgm_check_objects(struct mgm_proof *proof);         /* 4.13 */
bool mgm_check_object_lists(struct mgm_proof *proof);    /* 4.13, all but its last step */
bool mgm_check_real_result(struct mgm_proof *proof);     /* 4.13, its last step */

#endif
